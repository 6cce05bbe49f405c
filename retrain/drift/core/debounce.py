"""Debounce: report drift once ``needed`` of the last ``of`` windows drifted, the latest among
them."""

from __future__ import annotations

from collections.abc import Sequence


def fires(drifted: Sequence[bool], needed: int, of: int) -> bool:
    """Whether the latest window drifted, and ``needed`` of the last ``of`` did.

    ``drifted``: of a kind in a segment, by time.
    """
    return bool(drifted) and drifted[-1] and sum(drifted[-of:]) >= needed
