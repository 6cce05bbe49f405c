"""Categories of aspects: sets with gold categories, training of the categoriser, its figures."""
