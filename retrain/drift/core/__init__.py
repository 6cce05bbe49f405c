"""Drift detectors and their statistics, as pure functions of samples."""
