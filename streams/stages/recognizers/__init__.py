"""Presidio recognizers of our own, one a file: what Presidio's stock patterns miss."""
