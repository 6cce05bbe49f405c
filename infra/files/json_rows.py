"""JSON reader: one object per line, an array of objects, or an object that contains such an
array."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from infra.files.compression import DAMAGE, Opened, opened, share_read
from infra.files.encoding import UNDECODABLE, decoded
from infra.files.rows import Lines, LineTooLong, Row, ended, flat, undecodable
from schemas.errors import InputError

LINES = frozenset({".jsonl", ".ndjson"})
NAMED_FROM = 1000
"""Rows whose names are the columns."""
LONGEST_DOCUMENT = 2**30
"""Characters of a document that is no JSON lines: it is held in memory."""


@dataclass
class JsonLines:
    """One object a line."""

    path: Path
    encoding: str
    text_only: bool = False
    sparse: bool = True
    _opened: Opened | None = field(default=None, repr=False)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names in the first rows."""
        return _names(self)

    def share(self) -> float:
        """Progress of the latest ``rows``: share of the file read, 0 to 1."""
        return share_read(self._opened)

    def rows(self) -> Generator[Row, None, None]:
        """A row a line that is not blank, with the line's number."""
        number = 0
        with opened(self.path) as self._opened, decoded(self._opened.stream, self.encoding) as text:
            lines = Lines(text)
            try:
                for number, line in enumerate(lines, 1):
                    if not line.isspace():
                        yield _row(number, line, self.encoding)
            except (*DAMAGE, LineTooLong) as error:
                yield Row(number + 1, problem=ended(error))


@dataclass
class JsonArray:
    """An array of objects, held in memory."""

    path: Path
    records: list[Any] = field(repr=False)
    text_only: bool = False
    sparse: bool = True
    _read: int = 0

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names in the first rows."""
        return _names(self)

    def share(self) -> float:
        """Progress of the latest ``rows``: share of the objects returned, 0 to 1."""
        return self._read / len(self.records) if self.records else 1.0

    def rows(self) -> Generator[Row, None, None]:
        """A row an element."""
        for number, record in enumerate(self.records, 1):
            self._read = number
            yield _checked(number, record)


def json_table(
    path: Path, sample: str, encoding: str, *, complete: bool, suffix: str
) -> JsonLines | JsonArray:
    """The table in ``path``, whose beginning is ``sample``. Raises ``InputError`` where the JSON
    holds none.
    """
    start = sample.strip()
    first = start.splitlines()[0]
    one_line = first == start
    lines = suffix in LINES or (first.endswith("}") and (complete or not one_line))
    if start.startswith("{") and lines:
        around = one_line and _around(first)
        return JsonArray(path, around) if around else JsonLines(path, encoding)
    return JsonArray(path, _records(path, _document(path, encoding)))


def _around(line: str) -> list[Any] | None:
    """The array in a document of one line that is no record itself."""
    with suppress(orjson.JSONDecodeError):
        document = orjson.loads(line)
        if "text" not in document and len(arrays := _arrays(document)) == 1:
            return arrays[0]
    return None


def _arrays(document: dict[str, Any]) -> list[list[Any]]:
    return [
        value
        for value in document.values()
        if isinstance(value, list) and any(isinstance(each, dict) for each in value)
    ]


def _row(number: int, line: str, encoding: str) -> Row:
    if UNDECODABLE in line:
        return Row(number, problem=undecodable(encoding))
    try:
        return _checked(number, orjson.loads(line))
    except orjson.JSONDecodeError:
        return Row(number, problem="not JSON")


def _checked(number: int, record: object) -> Row:
    return (
        Row(number, flat(record))
        if isinstance(record, dict)
        else Row(number, problem="not a JSON object")
    )


def _names(table: JsonLines | JsonArray) -> tuple[str, ...]:
    with closing(table.rows()) as rows:
        return tuple(dict.fromkeys(name for row in islice(rows, NAMED_FROM) for name in row.cells))


def _document(path: Path, encoding: str) -> object:
    with opened(path) as file, decoded(file.stream, encoding) as text:
        try:
            content = text.read(LONGEST_DOCUMENT + 1)
        except DAMAGE as error:
            raise InputError(f"{path}: damaged or cut off ({type(error).__name__})") from error
    if len(content) > LONGEST_DOCUMENT:
        raise InputError(
            f"{path}: more than {LONGEST_DOCUMENT:,} characters; write it as JSON lines, one "
            "object a line"
        )
    if UNDECODABLE in content:
        raise InputError(f"{path}: {undecodable(encoding)}")
    try:
        return orjson.loads(content.removeprefix("\ufeff"))
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: not JSON") from None


def _records(path: Path, document: object) -> list[Any]:
    if isinstance(document, list):
        return document
    assert isinstance(document, dict)  # it begins with a brace
    arrays = _arrays(document)
    if len(arrays) > 1:
        raise InputError(
            f"{path}: needs an array of objects, or JSON lines; it is an object with {len(arrays)} "
            "such arrays"
        )
    return arrays[0] if arrays else [document]
