"""Pure parts of the gateway: API keys, token buckets, idempotency, problems, analytics windows."""
