"""The history of a model version as lines of text."""
