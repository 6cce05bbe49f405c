"""API key file: hashes of keys, written by ``undertone keys`` and reloaded by running gateways."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from infra.whole_files import replaced_file
from schemas.errors import ConfigurationError
from streams.gateway.core.api_keys import ENTRIES, KeyEntry

Entries = tuple[KeyEntry, ...]
log = logging.getLogger("undertone.gateway")


def read(path: Path) -> Entries:
    """The entries; none where there is no such file. Raises ``ConfigurationError`` for one that
    cannot be understood.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return ENTRIES.validate_json(content)
    except ValidationError as error:
        raise ConfigurationError(
            f"{path} is not a file of keys: {error.error_count()} errors in it"
        ) from None


def change(path: Path, edit: Callable[[Entries], Sequence[KeyEntry]]) -> None:
    """Replace the entries by ``edit`` of them; whole or not at all, and for the owner alone to
    read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        content = ENTRIES.dump_json(tuple(edit(read(path))), indent=2)
        with replaced_file(path, 0o600, durable=True) as file:
            file.write(content + b"\n")


class KeyRing:
    """The entries as they are in the file now. A file that is gone or damaged while it is followed
    changes nothing.
    """

    def __init__(self, path: Path) -> None:
        """Raises ``ConfigurationError`` as ``read`` does."""
        self._path = path
        self._seen = self._state()
        self._entries = read(path)

    def __call__(self) -> Entries:
        """Reads the file again if it is another one than before."""
        state = self._state()
        if state != self._seen:
            self._seen = state
            self._reload()
        return self._entries

    def _reload(self) -> None:
        try:
            if self._seen is None:
                raise ConfigurationError(f"{self._path} is gone")
            self._entries = read(self._path)
        except ConfigurationError as error:
            log.critical("API keys were not reloaded, the previous ones stay valid: %s", error)
        else:
            log.info("%d API keys loaded from %s", len(self._entries), self._path)

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
