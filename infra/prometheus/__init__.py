"""Rules and configuration of Prometheus and Alertmanager."""
