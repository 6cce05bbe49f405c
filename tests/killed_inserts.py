"""Insert into files and be killed at the nth touch of the file system:
``python -m tests.killed_inserts FOLDER FORMAT``.

For each n a process of its own inserts into ``FOLDER/<n>`` and is killed; the last is the first
that is not. Prints n.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from infra.settings import SinkSettings
from infra.sinks.files import FileSink
from infra.sinks.port import BatchToken
from schemas.errors import Origin
from schemas.inputs import RawRecord
from schemas.table_shapes import TableShape

COLUMNS: Final = ("id", "at")
SHAPES: Final = {"things": TableShape({"id": "integer", "at": "time"}, day="at")}
EVENTS: Final = frozenset(
    {"open", "os.rename", "os.mkdir", "os.remove", "os.listdir", "os.scandir"}
)
NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)


def sink(folder: Path, form: str) -> FileSink:
    """A sink that is ready."""
    made = FileSink(SinkSettings.model_validate({"folder": folder, "format": form}), SHAPES)
    made.prepare()
    return made


def insert(target: FileSink, numbers: range) -> None:
    """A batch of two partitions and two days, under the token that it always has."""
    records = [
        RawRecord(Origin("things", number % 2, number), None, b"", NOON) for number in numbers
    ]
    rows = [(number, NOON + timedelta(days=number // 2 % 2)) for number in numbers]
    target.insert("things", COLUMNS, rows, BatchToken(str(numbers), records, records))


def killed(folder: Path, form: str, step: int) -> bool:
    """Whether a child that inserts was killed at that step, which its insert may have fewer
    than."""
    child = os.fork()
    if child == 0:
        steps = count(1)

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            if (
                event in EVENTS
                and str(arguments[0]).startswith(str(folder))
                and next(steps) == step
            ):
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        insert(sink(folder / str(step), form), range(10))
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    place, kind = Path(sys.argv[1]), sys.argv[2]
    place.mkdir()
    insert(
        sink(place / "0", kind), range(10)
    )  # what is imported at first use is imported once, and here
    print(next(step for step in count(1) if not killed(place, kind, step)))  # noqa: T201
