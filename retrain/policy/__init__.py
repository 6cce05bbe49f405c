"""The retraining policy: when a better model is requested."""
