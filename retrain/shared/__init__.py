"""Shared by several components of the loop: training data and the outbox."""
