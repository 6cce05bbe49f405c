"""Prometheus rules and the configuration of Prometheus and Alertmanager."""
