"""What a sink with the target ``files`` has written, read as others would: every file that is not
hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from pyarrow import parquet

TIMES = frozenset({"at", "created_at", "scored_at", "failed_at"})


def rows_below(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of all files. Fails where one is not whole, or lies under another day than that of a
    row in it.
    """
    for path in sorted(folder.rglob("day=*/*")):
        rows = (
            parquet.read_table(path, partitioning=None).to_pylist()
            if path.suffix == ".parquet"
            else _lines(path)
        )
        assert rows, f"{path} holds nothing"
        yield from rows


def _lines(path: Path) -> list[dict[str, Any]]:
    assert path.suffix == ".jsonl"
    content = path.read_bytes()
    assert content.endswith(b"\n")
    rows: list[dict[str, Any]] = [orjson.loads(line) for line in content.splitlines()]
    return [
        {
            name: datetime.fromisoformat(value) if name in TIMES and value else value
            for name, value in row.items()
        }
        for row in rows
    ]
