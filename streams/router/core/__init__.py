"""Pure parts of model routing: snapshots of live models, pending events, shadow scoring."""
