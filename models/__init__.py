"""Models: text → probabilities. Tokenization, networks, engines, evaluation and the shipped
models."""
