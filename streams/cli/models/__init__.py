"""``undertone models``: training, evaluation, comparison, registry and traffic commands."""
