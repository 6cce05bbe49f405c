"""Tagger of names and places: text → tag probabilities, for many texts at once."""
