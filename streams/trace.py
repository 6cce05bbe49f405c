"""W3C trace context in the headers of requests and records. https://www.w3.org/TR/trace-context/"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

TRACEPARENT: Final = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}",
)
LONGEST_STATE: Final = 512
MOST_MEMBERS: Final = 32
_KEY: Final = (
    rb"(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})"
)
# The grammar allows an @ in values. It is left out: a tracestate may be dropped, and an e-mail
# address must not come through.
_VALUE: Final = (
    rb"[\x20-\x2b\x2d-\x3c\x3e\x3f\x41-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e\x3f\x41-\x7e]"
)
MEMBER: Final = re.compile(_KEY + rb"=" + _VALUE)

Trace = tuple[tuple[str, bytes], ...]


def trace_context(headers: Iterable[tuple[str, bytes | None]]) -> Trace:
    """The valid ``traceparent`` among Kafka headers, and the valid ``tracestate`` with it; of
    several, the last counts.
    """
    parent = state = None
    for name, value in headers:
        if name == "traceparent":
            parent = value
        elif name == "tracestate":
            state = value
    if parent is None or not TRACEPARENT.fullmatch(parent):
        return ()
    if state is None or not valid_state(state):
        return (("traceparent", parent),)
    return (("traceparent", parent), ("tracestate", state))


def valid_state(state: bytes) -> bool:
    """Whether ``state`` is a ``tracestate`` by the grammar, without an @ in a value."""
    if not state or len(state) > LONGEST_STATE:
        return False
    members = [member.strip(b" \t") for member in state.split(b",")]
    given = [member for member in members if member]
    keys = {member.partition(b"=")[0] for member in given}
    return 0 < len(given) == len(keys) <= MOST_MEMBERS and all(
        MEMBER.fullmatch(member) for member in given
    )
