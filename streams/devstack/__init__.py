"""Development stack: the applications that ``undertone up`` runs beside the servers."""
