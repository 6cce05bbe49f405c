"""Retraining policy: when a better model is requested."""
