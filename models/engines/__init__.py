"""Engines: ids → probabilities."""
