"""Tables as programs write them, in the formats and compressions that there are."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow
from backports import zstd
from pyarrow import parquet

NOISE = [{"text": str(number**19), "rating": "5"} for number in range(25_000)]


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._reviews", b"of the system")
        archive.writestr(f"export/{name}", content)
    return buffer.getvalue()


def delimited(table: Sequence[dict[str, str]], **dialect: Any) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(table[0]), **dialect)
    writer.writeheader()
    writer.writerows(table)
    return buffer.getvalue().encode()


def parquet_of(table: Sequence[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(table)), buffer)
    return buffer.getvalue()


COMPRESSIONS: dict[str, Callable[[str, bytes], bytes]] = {
    "": lambda _, content: content,
    ".gz": lambda _, content: gzip.compress(content, 1),
    ".zst": lambda _, content: zstd.compress(content),
    ".bz2": lambda _, content: bz2.compress(content, 1),
    ".xz": lambda _, content: lzma.compress(content, preset=0),
    ".zip": zipped,
}
