"""Alert labels, truncated to a bounded length, because their values come from ClickHouse."""

from __future__ import annotations

import hashlib
from typing import Final

LONGEST: Final = 256
KEPT: Final = 200


def label(value: str) -> str:
    """``value``, or of one that is longer than ``LONGEST`` the beginning and a digest that tells it
    from others.
    """
    if len(value) <= LONGEST:
        return value
    digest = hashlib.sha256(value.encode("utf8", "surrogatepass")).hexdigest()
    return f"{value[:KEPT]}… ({digest[:16]})"
