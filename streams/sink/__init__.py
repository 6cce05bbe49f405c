"""Sink process: scored reviews, feedback and dead letters → ClickHouse or files."""
