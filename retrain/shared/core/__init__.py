"""Pure parts of training data: examples, label noise, text identity."""
