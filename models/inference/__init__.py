"""Inference: a model artifact and an engine form a classifier, texts → probabilities."""
