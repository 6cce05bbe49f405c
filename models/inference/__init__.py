"""Inference: a model artifact and an engine make a classifier, texts → probabilities."""
