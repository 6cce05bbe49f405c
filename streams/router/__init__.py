"""Which model scores which review, and how a running worker takes a new one: ``models.lifecycle`` → snapshots of live models."""
