"""Rows as text in a few ClickHouse formats, because the native protocol leaves formatting to the
client.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.errors import InputError

Rows = Iterable[Sequence[object]]
Render = Callable[[Sequence[str], Rows], Iterator[str]]

PRETTY_ROWS = 10_000
"""As many rows as ClickHouse itself draws (``output_format_pretty_max_rows``, before version 24).
"""

_TSV = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})


def renderer(output_format: str) -> Render:
    """Renderer of an output format. Raises ``InputError`` for unknown ones, listing those
    supported.
    """
    try:
        return RENDERERS[output_format]
    except KeyError:
        raise InputError(
            f"format {output_format} needs an http:// URL; over the native protocol there are "
            f"{', '.join(RENDERERS)}"
        ) from None


def _plain(value: object) -> object:
    """A value as ClickHouse writes it in text: times with a space, without the zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(
            " ", "milliseconds" if value.microsecond else "seconds"
        )
    return value


def _tsv(names: Sequence[str], rows: Rows, *, header: bool = False) -> Iterator[str]:
    if header:
        yield "\t".join(name.translate(_TSV) for name in names) + "\n"
    for row in rows:
        yield (
            "\t".join(
                "\\N" if value is None else str(_plain(value)).translate(_TSV) for value in row
            )
            + "\n"
        )


def _csv(names: Sequence[str], rows: Rows, *, header: bool = False) -> Iterator[str]:
    # Not the csv module: before Python 3.12 it cannot tell NULL (``\N``, bare) from an empty string
    # (quoted).
    if header:
        yield ",".join(_csv_field(name) for name in names) + "\n"
    for row in rows:
        yield ",".join(_csv_field(_plain(value)) for value in row) + "\n"


def _csv_field(value: object) -> str:
    if value is None:
        return "\\N"
    return (
        str(value) if isinstance(value, int | float) else '"' + str(value).replace('"', '""') + '"'
    )


def _json_each_row(names: Sequence[str], rows: Rows) -> Iterator[str]:
    for row in rows:
        yield (
            orjson.dumps(
                {name: _plain(value) for name, value in zip(names, row, strict=True)}, default=str
            ).decode()
            + "\n"
        )


def _pretty(names: Sequence[str], rows: Rows) -> Iterator[str]:
    table = Table(box=box.SQUARE)
    for name in names:
        table.add_column(Text(name))
    for row in islice(rows, PRETTY_ROWS):
        table.add_row(*(Text("ᴺᵁᴸᴸ" if value is None else str(_plain(value))) for value in row))
    if names:
        drawn = io.StringIO()
        console = Console(file=drawn, width=10_000, color_system=None)
        console.print(table)
        yield drawn.getvalue()


RENDERERS: dict[str, Render] = {
    "TabSeparated": _tsv,
    "TSV": _tsv,
    "TabSeparatedWithNames": partial(_tsv, header=True),
    "TSVWithNames": partial(_tsv, header=True),
    "CSV": _csv,
    "CSVWithNames": partial(_csv, header=True),
    "JSONEachRow": _json_each_row,
    "PrettyCompact": _pretty,
    "PrettyCompactMonoBlock": _pretty,
}
