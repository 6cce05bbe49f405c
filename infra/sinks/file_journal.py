"""Journal of the Kafka records in the latest files: exactly-once although a crash changes how
batches are cut.

Before an insert writes its files, the journal notes their name and, for each partition, the first
and last offset of its rows. A row was stored if a note covers its offset and the file of that name
and of its day exists. Notes are dropped when the batches that are read begin after them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from infra.sinks.port import BatchToken
from infra.whole_files import whole_file
from schemas.errors import Origin, TargetRefused

SPARE: Final = 64
"""Latest notes of a partition that are kept although the batches begin after them: a commit may
have failed without an error.
"""


class Entry(NamedTuple):
    """A note: the files called ``name`` hold the rows of these offsets, both included."""

    name: str
    first: int
    last: int


class Journal:
    """A file for each table and partition. A partition has one owner at a time, so has its file."""

    def __init__(self, folder: Path, unfinished: Path) -> None:
        self._folder = folder
        self._unfinished = unfinished

    def read(self, table: str, partition: int) -> list[Entry]:
        """The notes, oldest first. Raises ``TargetRefused`` where the file is damaged, ``OSError``
        where it cannot be read.
        """
        path = self._path(table, partition)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return []
        try:
            return [
                Entry(str(name), int(first), int(last))
                for name, first, last in orjson.loads(content)
            ]
        except (ValueError, TypeError) as error:
            raise TargetRefused(
                f"{path} is damaged; without it the rows written last may be written again"
            ) from error

    def add(self, table: str, name: str, token: BatchToken) -> None:
        """Note, durably, that files called ``name`` will hold the rows of ``token``."""
        first = token.first_offsets
        for partition, offsets in _by_partition(token.origins):
            entries = [entry for entry in self.read(table, partition) if entry.name != name]
            spare = len(entries) - SPARE
            kept = [
                entry
                for number, entry in enumerate(entries)
                if entry.last >= first[partition] or number >= spare
            ]
            with whole_file(self._path(table, partition), self._unfinished) as file:
                file.write(
                    orjson.dumps(
                        [tuple(entry) for entry in (*kept, Entry(name, min(offsets), max(offsets)))]
                    )
                )

    def _path(self, table: str, partition: int) -> Path:
        return self._folder / f"{table}-{partition}.json"


def _by_partition(origins: Iterable[Origin]) -> Iterable[tuple[int, list[int]]]:
    found: dict[int, list[int]] = {}
    for origin in origins:
        found.setdefault(origin.partition, []).append(origin.offset)
    return found.items()
