"""Text → probabilities: tokenisation, networks, engines, evaluation and the model shipped with Undertone."""
