"""Rates, latencies and costs of models on one device: a GPU, or the CPU in its place."""
