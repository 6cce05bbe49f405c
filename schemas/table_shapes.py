"""Shape of a table for a store other than ClickHouse, whose tables the migrations make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "integer", "boolean", "time", "counts", "texts", "shares"]
"""Of the cells in a column; each may be None. ``counts``, ``texts`` and ``shares`` map strings to
integers, to strings and to numbers.
"""


@dataclass(frozen=True, slots=True)
class TableShape:
    """The columns of a table, and the one with the time by whose UTC day a store may partition."""

    columns: Mapping[str, Kind]
    day: str
