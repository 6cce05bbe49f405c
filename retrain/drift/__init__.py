"""Drift detection: comparison of windows of reviews with the champion's reference."""
