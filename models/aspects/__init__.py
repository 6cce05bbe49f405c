"""Aspects: terms that a review speaks of, and their categories."""
