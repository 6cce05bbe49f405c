"""File format detection: from a path to a table, by the file's name first and its first bytes
second.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from infra.extras import needs
from infra.files.compression import opened, start_of
from infra.files.delimited import delimited
from infra.files.encoding import KEEP, encoding_of
from infra.files.json_rows import LINES, json_table
from infra.files.rows import BYTE_ORDER_MARK, Table
from schemas.errors import InputError

SAMPLE = 256 * 1024
"""Bytes at the beginning by which encoding and dialect are found out."""
JSON, RECORDS = re.compile(r"\s*[{[]"), re.compile(r'\s*(\{\s*["}]|\[\s*[{\]])')
"""How JSON begins, and how records in it do, where the name of the file does not say that it is
JSON.
"""
DELIMITED = frozenset({".csv", ".tsv", ".tab", ".psv"})
PARQUET_MAGIC = b"PAR1"
ESCAPES = {"\\t": "\t", "tab": "\t"}


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Options of a file given by a person: columns by field ("" leaves the field out), delimiter
    and encoding.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None


def open_table(path: Path, options: FileOptions | None = None) -> Table:
    """The table in a file. Raises ``InputError`` where there is none, naming the option that may
    help.
    """
    options = options or FileOptions()
    delimiter = _delimiter(options.delimiter)
    with opened(path) as file:
        sample, complete = start_of(path, file, SAMPLE)
        suffix = PurePosixPath(file.name).suffix.lower()
    if not sample:
        raise InputError(f"{path}: is empty")
    if sample.startswith(PARQUET_MAGIC) or suffix in (".parquet", ".pq"):
        with needs("files"):
            from infra.files.parquet import parquet_table  # pyarrow takes a moment to import

        return parquet_table(path)
    encoding = encoding_of(path, sample, options.encoding, complete=complete)
    text = _decoded(sample, encoding, complete).removeprefix(BYTE_ORDER_MARK)
    json = suffix in LINES or suffix == ".json"
    if delimiter is None and suffix not in DELIMITED and (JSON if json else RECORDS).match(text):
        return json_table(path, text, encoding, complete=complete, suffix=suffix)
    if json:
        raise InputError(f"{path}: not JSON")
    return delimited(path, text, encoding, delimiter, complete=complete, suffix=suffix)


def _decoded(sample: bytes, encoding: str, complete: bool) -> str:
    return codecs.getincrementaldecoder(encoding)(KEEP).decode(sample, complete)


def _delimiter(given: str | None) -> str | None:
    if given is None:
        return None
    delimiter = ESCAPES.get(given, given)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise InputError(f"--delimiter {given}: needs one character, or tab")
    return delimiter
