"""Grace period: how long a process may finish work in flight after it is asked to stop."""

from __future__ import annotations

from typing import Final

GRACE_S: Final = 7.0
"""What is in flight gets this long to finish. Whoever asks waits ten seconds, and has servers to
stop after it.
"""
