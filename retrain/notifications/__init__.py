"""Notifications of what the loop found and did, and the history of a model version."""
