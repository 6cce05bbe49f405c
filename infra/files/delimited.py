"""CSV dialect detection: delimiter, quotation marks and escapes are chosen by trying them on the
first rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from infra.files.compression import DAMAGE, Opened, opened, share_read
from infra.files.encoding import decoded
from infra.files.rows import Lines, LineTooLong, Row, ended, undecodable
from schemas.errors import InputError

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = ",;\t|"
FIELD_LIMIT = 10_000_000
STYLES: tuple[dict[str, Any], ...] = (
    {},
    {"skipinitialspace": True},
    {"escapechar": "\\"},
    {"quoting": csv.QUOTE_NONE},
)
"""The standard first, and each of the others only for files that it fits better."""
LONGEST_CUT = 100
"""Lines of a row that the end of the sample may cut; more are a quotation mark that nothing closes.
"""
OPEN_AT_END = "unexpected end of data"
FEWEST_FITTING = 0.3
"""Share of the rows that must be as wide as the header for a delimiter to be one."""


class Dialect(NamedTuple):
    """CSV dialect: separator, quoting and escapes; ``skipped`` lines precede the header."""

    delimiter: str
    style: int
    skipped: int
    columns: tuple[str, ...]


@dataclass
class DelimitedTable:
    """Rows of a delimited text file with a header."""

    path: Path
    encoding: str
    dialect: Dialect
    text_only: bool = True
    sparse: bool = False
    _opened: Opened | None = field(default=None, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The header; columns without a name are left out."""
        return tuple(name for name in self.dialect.columns if name)

    def share(self) -> float:
        """Progress of the latest ``rows``: share of the file read, 0 to 1."""
        return share_read(self._opened)

    def rows(self) -> Generator[Row, None, None]:
        """All rows; those without a single character are not counted."""
        csv.field_size_limit(FIELD_LIMIT)
        with opened(self.path) as self._opened, decoded(self._opened.stream, self.encoding) as text:
            lines = Lines(text)
            before = sum(1 for _ in islice(lines, self.dialect.skipped))
            reader = _reader(lines, self.dialect.delimiter, self.dialect.style)
            number = 0
            while True:
                lines.undecodable = False
                try:
                    values = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    number += 1
                    yield Row(number - 1, problem=_explained(error), line=before + reader.line_num)
                    continue
                except (*DAMAGE, LineTooLong) as error:
                    yield Row(number, problem=ended(error), line=before + reader.line_num + 1)
                    return
                if not values:
                    continue
                number += 1  # the first is the header
                if number > 1:
                    yield self._row(number - 1, values, before + reader.line_num, lines.undecodable)

    def _row(self, number: int, values: list[str], line: int, damaged: bool) -> Row:
        if damaged:
            return Row(number, problem=undecodable(self.encoding), line=line)
        columns = self.dialect.columns
        while len(values) > len(columns) and not values[-1]:
            values.pop()
        if len(values) != len(columns):
            return Row(number, problem="not as many fields as columns", line=line)
        return Row(number, dict(zip(columns, values, strict=True)), line=line)


def delimited(
    path: Path, sample: str, encoding: str, delimiter: str | None, *, complete: bool, suffix: str
) -> DelimitedTable:
    """The table in ``path``, whose beginning is ``sample``. Raises ``InputError`` where it has no
    header.
    """
    csv.field_size_limit(FIELD_LIMIT)
    if not complete:  # the last line is cut
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1]
    first = io.StringIO(sample, newline="").readline()
    skipped = 0
    if first.lower().startswith("sep=") and len(first.strip("\r\n")) == len("sep=;"):  # Excel's own
        delimiter, sample, skipped = delimiter or first[len("sep=")], sample[len(first) :], 1
    likeliest = "\t" if suffix in (".tsv", ".tab") else ","
    candidates = delimiter or likeliest + DELIMITERS.replace(likeliest, "")
    if delimiter is None and likeliest == "\t" and "\t" in first:
        candidates = likeliest
    tried = [
        (fit, -style, -order, Dialect(each, style, skipped, columns))
        for style in range(len(STYLES))
        for order, each in enumerate(candidates)
        for fit, columns in [_tried(sample, each, style, complete)]
        if columns
    ]
    if not tried:
        raise InputError(f"{path}: no header line is in it")
    return DelimitedTable(path, encoding, max(tried)[-1])


class Fit(NamedTuple):
    """Score of a dialect, comparable: ``share`` of the rows are as wide as the header."""

    several: bool
    share: float
    width: int


def _tried(sample: str, delimiter: str, style: int, complete: bool) -> tuple[Fit, tuple[str, ...]]:
    reader = _reader(io.StringIO(sample, newline=""), delimiter, style)
    rows: list[list[str]] = []
    bad = 0
    while True:
        before = reader.line_num
        try:
            values = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            bad += complete or str(error) != OPEN_AT_END or reader.line_num - before > LONGEST_CUT
            continue
        if values:
            rows.append(values)
    if not rows or (STYLES[style].get("quoting") == csv.QUOTE_NONE and _quoted(*rows)):
        return Fit(False, 0.0, 0), ()
    columns = tuple(name.strip() for name in rows[0])
    # As in ``rows``: one that ends in empty fields may have more of them.
    fitting = sum(
        len(values) == len(columns)
        or (len(values) > len(columns) > 1 and not any(values[len(columns) :]))
        for values in rows[1:]
    )
    share = fitting / (len(rows) - 1 + bad) if len(rows) > 1 or bad else 1.0
    return Fit(len(columns) > 1 and share >= FEWEST_FITTING, share, len(columns)), columns


def _quoted(header: list[str], *body: list[str]) -> bool:
    """Whether rows that were read as if quotation marks meant nothing do use them."""
    around = sum(
        any(len(value) > 1 and value[0] == value[-1] == '"' for value in values) for values in body
    )
    return any('"' in name for name in header) or around > len(body) / 2


def _reader(lines: Iterable[str], delimiter: str, style: int) -> Reader:
    return csv.reader(lines, strict=True, delimiter=delimiter, **STYLES[style])


def _explained(error: csv.Error) -> str:
    if str(error) == OPEN_AT_END:
        return "a quotation mark is opened and never closed"
    if "field larger" in str(error):
        return (
            f"a field of more than {FIELD_LIMIT:,} characters; is a quotation mark opened and "
            "never closed?"
        )
    return "a quotation mark within a field is neither doubled nor at its end"
