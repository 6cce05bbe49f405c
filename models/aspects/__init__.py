"""Aspects: what a review is about, part by part, and what it says of each."""
