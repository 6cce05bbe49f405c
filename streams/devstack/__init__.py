"""The local stack's applications: what ``undertone up`` runs beside the servers."""
