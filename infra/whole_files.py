"""Atomic replacement of files: written beside, synchronised where it must last, then renamed. A
reader sees the old file or the new one, whenever the writer is killed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def replaced_file(path: Path, mode: int = 0o666, *, durable: bool = False) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of ``path`` when the block has ended without an error.

    What writers of the same file have left behind when they were killed is removed. ``durable``: it
    also survives a loss of power. ``mode``: its permissions, less those that the umask takes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name may be as long as names can be, so that the scratch file's cannot contain it.
    prefix = f".{hashlib.blake2b(os.fsencode(path.name), digest_size=8).hexdigest()}."
    remove_abandoned(path.parent, f"{prefix}*")
    with _scratch(path.parent / f"{prefix}{uuid4().hex}", mode) as (file, scratch):
        yield file
        file.flush()
        if durable:
            os.fsync(file.fileno())
        scratch.replace(path)
    if durable:
        _synchronise(path.parent)


@contextmanager
def whole_file(path: Path, unfinished: Path) -> Iterator[BinaryIO]:
    """The same, durably, for a folder in which readers take every file for a whole one: the file
    grows in ``unfinished``, which must be on the same file system.
    """
    _make(unfinished)
    _make(path.parent)
    with _scratch(unfinished / uuid4().hex, 0o666) as (file, scratch):
        yield file
        file.flush()
        os.fsync(file.fileno())
        scratch.replace(path)
    _synchronise(path.parent)


def remove_abandoned(folder: Path, pattern: str = "*") -> None:
    """Remove the files of processes that were killed: those that nobody holds locked.

    A file that another process has made and not yet locked may go, too: its rename then fails, and
    is tried again.
    """
    for scratch in folder.glob(pattern):
        try:
            with scratch.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                scratch.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            continue


@contextmanager
def _scratch(path: Path, mode: int) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file, locked while the block lasts and removed if it ends by an error."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file, path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    """Create a folder and those above it, durably."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _synchronise(folder.parent)


def _synchronise(folder: Path) -> None:
    """Write the names in a folder to the disk: a new name is lost with the power otherwise."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
