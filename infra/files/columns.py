"""Mapping of columns to record fields: explicit options first, then names; a missing field yields a
proposal of options.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from infra.files.documents import Contract
from infra.files.opening import FileOptions
from infra.files.proposals import folded, propose
from infra.files.rows import Table
from schemas.errors import InputError

SAMPLED = 200
SHOWN = 40
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns by field; ``unread`` no field needs, and ``advice`` are options that would read some
    of them.
    """

    by_field: Mapping[str, str]
    unread: tuple[str, ...] = ()
    advice: str = ""


def choose(path: Path, table: Table, contract: Contract, options: FileOptions | None) -> Columns:
    """The columns to read. ``options`` None: the command has none, so a proposal is to rename.

    Raises ``InputError`` naming the columns and the likeliest where one that is needed is missing.
    """
    by_field = _asked(path, table, contract, options or FileOptions())
    left_out = {
        field for field, column in (options.columns if options else {}).items() if not column
    }
    for field in contract.fields:
        if (
            field not in by_field
            and field not in left_out
            and (column := _named(table, field, by_field.values()))
        ):
            by_field[field] = column
    for column in set(by_field.values()):
        if table.columns.count(column) > 1:
            raise InputError(
                f"{path}: {table.columns.count(column)} columns are called {shown([column])}; "
                "rename them"
            )
    unread = tuple(column for column in table.columns if column not in by_field.values())
    wanted = [field for field in contract.fields if field not in by_field and field not in left_out]
    with closing(table.rows()) as rows:
        sample = [row.cells for row in islice(rows, SAMPLED) if not row.problem]
    proposals = propose(
        contract, wanted, list(filter(_is_name, unread)), sample, text_only=table.text_only
    )
    missing = [field for field in contract.needed if field not in by_field]
    if missing:
        raise InputError(_refusal(path, table, contract, missing, proposals, options))
    if table.sparse:
        by_field |= {field: field for field in wanted}
    return Columns(by_field, unread, _options(proposals, contract))


def _asked(path: Path, table: Table, contract: Contract, options: FileOptions) -> dict[str, str]:
    for field, column in options.columns.items():
        if field not in contract.fields:
            raise InputError(f"--map {field}={column}: the fields are {', '.join(contract.fields)}")
        if column and column not in table.columns:
            raise InputError(
                f"{path}: no column is {shown([column])}; the columns are {shown(table.columns)}"
            )
    return {field: column for field, column in options.columns.items() if column}


def _named(table: Table, field: str, taken: Iterable[str]) -> str | None:
    """The column that has the field's name; or else the only one that has it but for case and
    punctuation.
    """
    if field in table.columns:
        return None if field in taken else field
    alike = [
        column
        for column in table.columns
        if folded(column) == folded(field) and column not in taken
    ]
    return alike[0] if len(alike) == 1 else None


def _refusal(
    path: Path,
    table: Table,
    contract: Contract,
    missing: Sequence[str],
    proposals: Mapping[str, str],
    options: FileOptions | None,
) -> str:
    need = f"needs the column{'s' * (len(contract.needed) > 1)} {' and '.join(contract.needed)}"
    said = (
        f"{path}: {need}; no column is {' or '.join(missing)}. The columns are "
        f"{shown(table.columns)}"
    )
    likely = {
        field: column
        for field, column in proposals.items()
        if options is not None or field in missing
    }
    if not any(field in likely for field in missing):
        return said
    if options is None:
        return f"{said}. Likeliest: rename " + ", ".join(
            f"{shown([column])} to {field}" for field, column in likely.items()
        )
    return f"{said}. Likeliest: {_options(likely, contract)}"


def _options(proposals: Mapping[str, str], contract: Contract) -> str:
    """As they are typed."""
    special = {"text": "--text-column", contract.identity: "--id-column"}
    return " ".join(
        f"{special[field]} {shlex.quote(column)}"
        if field in special
        else f"--map {shlex.quote(f'{field}={column}')}"
        for field, column in proposals.items()
    )


def _is_name(column: str) -> bool:
    return len(column) <= LONGEST_NAME and column.isprintable()


def shown(columns: Sequence[str]) -> str:
    """Names, except those that seem to be a review: of a file without a header the first row is
    taken for one.
    """
    names = [
        name if _is_name(name) else f"(number {place}: {len(name)} characters, no header?)"
        for place, name in enumerate(columns, 1)
    ]
    return ", ".join(names[:SHOWN]) + (
        f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    )
