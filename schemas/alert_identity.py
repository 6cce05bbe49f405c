"""Deterministic identifiers of alert conditions and of their messages: the same input always gives
the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def fingerprint(name: str, labels: Mapping[str, str]) -> str:
    """Identity of the condition that a rule named ``name`` finds for these labels."""
    return _digest(name, *(f"{label}={labels[label]}" for label in sorted(labels)))


def alert_id(condition: str, status: str, cause: str) -> str:
    """The id of a message about ``condition``: the same ``cause``, such as the window or the
    review, the same id.
    """
    return _digest(condition, status, cause)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
