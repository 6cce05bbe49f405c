"""Alert rules and their evaluation as pure functions of rows."""
