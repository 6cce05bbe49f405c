"""Pure parts of notifications: the history of a model version as lines of text."""
