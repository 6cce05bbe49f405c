"""Aspects of reviews: which terms a text judges, how, and of what category each is."""
