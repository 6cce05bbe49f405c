"""Pure parts of the console: ClickHouse queries and time spans."""
