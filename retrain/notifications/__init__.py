"""Notifications of findings and actions of the loop, and the history of a model version."""
