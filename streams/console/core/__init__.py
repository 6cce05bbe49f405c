"""Pure parts of the console: its ClickHouse queries and time spans."""
