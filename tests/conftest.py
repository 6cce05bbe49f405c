"""What every test may ask for."""

from __future__ import annotations

import os

from hypothesis import settings

# A shared machine is slow at times, and no test here is about time. What CI runs is the same each
# time; at a desk every run tries something new.
settings.register_profile("undertone", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("undertone")

pytest_plugins = ["tests.servers.fixtures"]
