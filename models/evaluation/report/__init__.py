"""Comparison reports: tables, plots, and a folder that holds both."""
