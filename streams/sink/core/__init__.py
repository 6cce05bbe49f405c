"""Pure parts of the sink: messages → rows, and the bounded buffer of rows."""
