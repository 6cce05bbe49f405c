"""Decompression of files, recognised by their first bytes: gzip, Zstandard, zip with one file in
it, bzip2 and xz.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from backports import zstd

from schemas.errors import InputError

SUFFIXES = frozenset({".gz", ".zst", ".zstd", ".zip", ".bz2", ".xz"})
MAGIC: dict[bytes, Callable[[BinaryIO], object]] = {
    b"\x1f\x8b": lambda raw: gzip.GzipFile(fileobj=raw),
    b"\x28\xb5\x2f\xfd": zstd.ZstdFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
ZIP, EMPTY_ZIP = b"PK\x03\x04", b"PK\x05\x06"
BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
PART = 8192
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DAMAGE = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zstd.ZstdError,
    zipfile.BadZipFile,
    NotImplementedError,
)
"""What reading a damaged file raises; zipfile raises ``NotImplementedError`` for a method of
compression that it lacks.
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """``stream`` is decompressed; ``name`` is the name without the ending of the compression, or
    that inside a zip.
    """

    stream: io.BufferedIOBase
    name: str
    compressed: bool
    _raw: BinaryIO
    _size: int

    def share(self) -> float:
        """Progress through the compressed file: share of its bytes read, 0 to 1."""
        return (
            min(1.0, self._raw.tell() / self._size) if self._size and not self._raw.closed else 1.0
        )


def share_read(opened: Opened | None) -> float:
    """How much of a file was read, 0 where it has not been opened yet."""
    return opened.share() if opened else 0.0


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a file and decompress it. Raises ``InputError`` where it is missing or of a kind that
    holds no table.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if not path.is_file():
        raise InputError(f"{path}: not a file")
    try:
        raw = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    with raw:
        start = raw.read(10)
        raw.seek(0)
        size = path.stat().st_size
        if start.startswith(OLD_OFFICE):
            raise InputError(
                f"{path}: a workbook or document of Office; save the sheet as CSV UTF-8"
            )
        if start.startswith((ZIP, EMPTY_ZIP)):
            with _unzipped(path, raw) as (stream, name):
                yield Opened(stream, name, True, raw, size)
            return
        for magic, decompressor in MAGIC.items():
            if start.startswith(magic) and (magic != b"BZh" or start[4:10] in BZIP2_BLOCKS):
                with cast(io.BufferedIOBase, decompressor(raw)) as stream:
                    yield Opened(stream, _without_ending(path.name), True, raw, size)
                return
        yield Opened(raw, _without_ending(path.name), False, raw, size)


@contextmanager
def _unzipped(path: Path, raw: BinaryIO) -> Iterator[tuple[io.BufferedIOBase, str]]:
    try:
        archive = zipfile.ZipFile(raw)
    except DAMAGE as error:
        raise InputError(f"{path}: a damaged zip file") from error
    with archive:
        found = [
            each
            for each in archive.infolist()
            if not each.is_dir() and not _of_the_system(each.filename)
        ]
        if any(each.filename == "[Content_Types].xml" for each in found):
            raise InputError(
                f"{path}: a workbook or document of Office; save the sheet as CSV UTF-8"
            )
        if len(found) != 1:
            raise InputError(
                f"{path}: holds {len(found)} files, not one; unpack it and name the file that you "
                "mean"
            )
        if found[0].flag_bits & 1:
            raise InputError(f"{path}: is encrypted; unpack it first")
        try:
            stream = archive.open(found[0])
        except DAMAGE as error:
            raise InputError(
                f"{path}: a damaged zip file, or compressed in an unusual way; unpack it first"
            ) from error
        with stream:
            yield (
                cast(io.BufferedIOBase, stream),
                _without_ending(PurePosixPath(found[0].filename).name),
            )


def _of_the_system(name: str) -> bool:
    """Whether an operating system wrote it beside what was packed."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _without_ending(name: str) -> str:
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in SUFFIXES else name


def start_of(path: Path, file: Opened, size: int) -> tuple[bytes, bool]:
    """The first ``size`` bytes, and whether that is all. Raises ``InputError`` where the file is
    damaged at its start.
    """
    parts = io.BytesIO()
    try:
        # In small parts: what precedes the damage counts.
        while parts.tell() <= size and (part := file.stream.read1(PART)):
            parts.write(part)
    except DAMAGE as error:
        if not parts.tell():
            raise InputError(f"{path}: damaged or cut off ({type(error).__name__})") from error
    return parts.getvalue()[:size], parts.tell() <= size
