"""Rollout: which model versions serve which language, how a new one is tried, and the events that
announce changes.
"""
