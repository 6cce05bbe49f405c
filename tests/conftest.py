"""What every test may ask for."""

from __future__ import annotations

from hypothesis import settings

# A shared machine is slow at times, and no test here is about time.
settings.register_profile("undertone", deadline=None)
settings.load_profile("undertone")

pytest_plugins = ["tests.servers.fixtures"]
