"""Pure parts of alert delivery: bodies, planning, outcomes, rate limits."""
