"""Paths of the gateway, one module per subject."""
