"""API keys: ``ut_<id>_<secret>`` with 256 random bits, of which only the SHA-256 is stored.

A slow hash is for passwords, which can be guessed; nobody guesses 256 bits.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

PATTERN: Final = re.compile(r"ut_([a-z2-7]{10})_[A-Za-z0-9_-]{43}")
NOBODY: Final = "0" * 64


class Scope(StrEnum):
    """Scope of an API key."""

    PREDICT = "predict"
    WRITE = "write"
    READ = "read"


class KeyEntry(BaseModel):
    """Stored entry of an API key, without its secret. A client may have several valid keys, so that
    it can rotate them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: Annotated[str, Field(pattern=r"^[a-z2-7]{10}$")]
    client: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    scopes: frozenset[Scope]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None

    def state(self, now: datetime) -> str:
        """valid, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


ENTRIES: Final = TypeAdapter(tuple[KeyEntry, ...])


class KeyRefused(Exception):
    """Not a key that is valid now; the message says why and may be shown."""


def generate(
    client: str, scopes: frozenset[Scope], now: datetime, expires_at: datetime | None
) -> tuple[str, KeyEntry]:
    """A new key, to be shown once, and what is kept of it. Raises pydantic's ``ValidationError``
    for a bad client name.
    """
    key_id = base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]
    key = f"ut_{key_id}_{secrets.token_urlsafe(32)}"
    entry = KeyEntry(
        key_id=key_id, client=client, scopes=scopes, sha256=_digest(key), created_at=now,
        expires_at=expires_at
    )  # fmt: skip
    return key, entry


def find(key: str, entries: Sequence[KeyEntry], now: datetime) -> KeyEntry:
    """The entry of a valid key. Raises ``KeyRefused``; in the same time for a wrong secret as for
    an unknown id.
    """
    match = PATTERN.fullmatch(key)
    entry = next((entry for entry in entries if match and entry.key_id == match[1]), None)
    same = hmac.compare_digest(_digest(key), entry.sha256 if entry else NOBODY)
    if entry is None or not same:
        raise KeyRefused("unknown API key")
    state = entry.state(now)
    if state != "valid":
        raise KeyRefused(f"the key is {state}")
    return entry


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
