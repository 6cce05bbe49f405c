"""``Row``: a row of a table, independent of the file format."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from infra.files.encoding import UNDECODABLE

BYTE_ORDER_MARK = "\ufeff"
LONGEST_LINE = 32 * 2**20
"""Characters of a line: what is longer is no table, and must not fill the memory."""
NESTED = 4


@dataclass(frozen=True, slots=True)
class Row:
    """The cells by column; or ``problem``, where the row cannot be read. Rows and lines are counted
    from 1.
    """

    number: int
    cells: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: str = ""
    line: int | None = None

    @property
    def place(self) -> str:
        """Position of the row in the file, for error messages."""
        return f"row {self.number}" + (
            f" (line {self.line})" if self.line not in (None, self.number) else ""
        )


class Table(Protocol):
    """A file that holds rows."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in the order of the file; for JSON, those of the first rows."""

    @property
    def text_only(self) -> bool:
        """Whether every cell is text, numbers included."""

    @property
    def sparse(self) -> bool:
        """Whether later rows may have columns that the first do not have."""

    def rows(self) -> Generator[Row, None, None]:
        """All rows, from the first, at every call."""

    def share(self) -> float:
        """Progress of the latest ``rows``: share of the file read, 0 to 1."""


class LineTooLong(Exception):
    """A line has more than ``LONGEST_LINE`` characters."""

    def __str__(self) -> str:
        return f"a line of more than {LONGEST_LINE:,} characters"


class Lines:
    """The lines of a text, each at most ``LONGEST_LINE`` characters. Raises ``LineTooLong``."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._first = True
        self.undecodable = False
        """Whether a line since this was last set to False holds bytes that are none of the
        encoding.
        """

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise LineTooLong
        if UNDECODABLE in line:
            self.undecodable = True
        if self._first:
            self._first = False
            return line.removeprefix(BYTE_ORDER_MARK)
        return line


def ended(error: Exception) -> str:
    """The problem of the row at which reading had to end."""
    if isinstance(error, LineTooLong):
        return f"{error}: nothing after it was read"
    return (
        f"the file is damaged or cut off here ({type(error).__name__}): nothing after it was read"
    )


def undecodable(encoding: str) -> str:
    """The problem of a row with bytes that are none of the encoding."""
    return f"not in {encoding}; is there another --encoding?"


def flat(record: Mapping[str, Any], depth: int = NESTED) -> dict[str, Any]:
    """Columns of an object: objects in it become columns of their own, ``consumer.id`` for
    example."""
    if not any(isinstance(value, dict) for value in record.values()):
        return dict(record)
    cells: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and depth:
            cells |= {f"{name}.{inner}": cell for inner, cell in flat(value, depth - 1).items()}
        else:
            cells[name] = value
    return cells
