"""Files that appear whole or not at all, whenever the process is killed: written beside,
synchronised, then renamed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def whole_file(path: Path, unfinished: Path) -> Iterator[BinaryIO]:
    """A file to write, which is at ``path``, durably, when the block has ended without an error.

    It grows in the folder ``unfinished``, which must be on the same file system, and is locked
    meanwhile.
    """
    _make(unfinished)
    _make(path.parent)
    scratch = unfinished / uuid4().hex
    try:
        with scratch.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
            scratch.replace(path)
        _synchronise(path.parent)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def remove_abandoned(unfinished: Path) -> None:
    """Remove the files of processes that were killed: those that nobody holds locked.

    A file that another process has made and not yet locked may go, too: its rename then fails, and
    is tried again.
    """
    for scratch in unfinished.glob("*"):
        try:
            with scratch.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                scratch.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            continue


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
