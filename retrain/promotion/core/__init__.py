"""Pure parts of promotion: the state machine, its guards and its events."""
