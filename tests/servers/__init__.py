"""Real servers, started for the length of a test session."""
