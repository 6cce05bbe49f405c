"""Command-line options for reading a table: columns, delimiter and encoding."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.files.opening import FileOptions
from schemas.errors import InputError

TABLE = "CSV in any dialect, TSV, JSON lines, a JSON array or Parquet; also as .gz, .zst, .zip, .bz2 or .xz"
LABELLED = f"labelled reviews, columns text and label (positive, neutral, negative): {TABLE}"

TextColumn = Annotated[str | None, typer.Option("--text-column", metavar="COLUMN", help="the column of the text")]
IdColumn = Annotated[str | None, typer.Option("--id-column", metavar="COLUMN", help="the column of the ids")]
Mapped = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COLUMN", help="the column of a field; FIELD= leaves it out; may be repeated"),
]
Delimiter = Annotated[str | None, typer.Option("--delimiter", help="one character, or tab; default: found out")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="default: UTF-8, or what a byte order mark says")]


def options(
    text: str | None,
    mapped: list[str] | None,
    delimiter: str | None,
    encoding: str | None,
    *,
    identity: tuple[str, str | None] = ("", None),
) -> FileOptions:
    """What was asked for; ``identity`` is the field that --id-column means, and its column. Raises ``InputError``."""
    columns = {}
    for pair in mapped or []:
        field, given, column = pair.partition("=")
        if not given or not field:
            raise InputError(f"--map {pair}: needs FIELD=COLUMN")
        columns[field] = column
    columns |= {field: column for field, column in (("text", text), identity) if column is not None}
    return FileOptions(columns, delimiter, encoding)
