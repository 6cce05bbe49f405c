"""What every test may ask for."""

from __future__ import annotations

import os

from hypothesis import settings

# A shared machine is slow at times, and no test here is about time. What CI runs is the same each
# time; at a desk every run tries something new. `make check` tries fewer examples than `make test`.
settings.register_profile("undertone", deadline=None, derandomize="CI" in os.environ)
settings.register_profile("quick", settings.get_profile("undertone"), max_examples=25)
settings.load_profile("undertone")

pytest_plugins = ["tests.servers.fixtures"]
