"""Command-line options for reading a table: columns, delimiter and encoding."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.files.opening import FileOptions
from schemas.errors import InputError

TABLE = (
    "CSV in any dialect, TSV, JSON lines, a JSON array or Parquet; also as .gz, .zst, .zip, "
    ".bz2 or .xz"
)
LABELLED = (
    f"File of labelled reviews with columns text and label (positive, neutral, negative): {TABLE}."
)

TextColumn = Annotated[
    str | None,
    typer.Option("--text-column", metavar="COLUMN", help="Name of the column that holds the text."),
]
IdColumn = Annotated[
    str | None,
    typer.Option(
        "--id-column", metavar="COLUMN", help="Name of the column that holds the review ids."
    ),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="Column of a record's field; FIELD= leaves the field out; may be repeated.",
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", help="Delimiter: one character, or tab; default: detected."),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", help="Character encoding; default: that of a byte order mark, else UTF-8."
    ),
]


def options(
    text: str | None,
    mapped: list[str] | None,
    delimiter: str | None,
    encoding: str | None,
    *,
    identity: tuple[str, str | None] = ("", None),
) -> FileOptions:
    """File options from the command line; ``identity`` is the field of --id-column and its column.
    Raises ``InputError``.
    """
    columns = {}
    for pair in mapped or []:
        field, given, column = pair.partition("=")
        if not given or not field:
            raise InputError(f"--map {pair}: needs FIELD=COLUMN")
        columns[field] = column
    columns |= {field: column for field, column in (("text", text), identity) if column is not None}
    return FileOptions(columns, delimiter, encoding)
