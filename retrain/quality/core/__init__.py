"""Data-quality checks as pure functions of counts."""
