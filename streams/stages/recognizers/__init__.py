"""Additional Presidio recognizers, one per file, for what Presidio's stock patterns miss."""
