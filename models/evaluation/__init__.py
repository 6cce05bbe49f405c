"""Evaluation: metrics, significance, comparison, cost, explanation and reports."""
