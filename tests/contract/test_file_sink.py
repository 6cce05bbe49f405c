"""What files promise beyond the contract of all targets: they are whole, and exactly-once, whenever
the sink is killed.
"""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from infra.sinks.files import FileSink, failure
from infra.sinks.port import BatchToken
from schemas.errors import (
    Origin,
    PermanentError,
    TargetRefused,
    TransientError,
    WarehouseUnavailable,
)
from schemas.inputs import RawRecord
from tests.killed_inserts import COLUMNS, NOON, insert, sink
from tests.written_files import rows_below

FORMATS = ("jsonl", "parquet")


def numbers_in(folder: Path) -> list[int]:
    return sorted(int(row["id"]) for row in rows_below(folder))


@pytest.mark.parametrize("form", FORMATS)
def test_an_insert_killed_at_any_step_leaves_whole_files_and_no_row_twice_however_it_is_cut(
    form: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.killed_inserts", str(tmp_path / "killed"), form]
    steps = int(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)
    assert steps > 15
    sizes = set()
    for step in range(1, steps + 1):
        folder = tmp_path / "killed" / str(step)
        before = numbers_in(folder)
        assert len(before) == len(set(before))
        sizes.add(len(before))
        after = sink(folder, form)
        for again in (range(4), range(4, 13)) if step % 2 else (range(10), range(10, 13)):
            insert(after, again)
        assert numbers_in(folder) == list(range(13))
        assert list((folder / ".undertone/unfinished").iterdir()) == []
    assert len(sizes) == 3, "killed before the first file, between the two, and after both"


@given(st.data())
@hypothesis_settings(max_examples=15)
def test_records_read_again_from_the_last_commit_in_other_batches_are_stored_once(
    data: st.DataObject,
) -> None:
    ends = [data.draw(st.integers(1, 12)) for _ in range(3)]
    committed = [0, 0, 0]
    with TemporaryDirectory() as folder:
        target = sink(Path(folder), "jsonl")
        for _ in range(8):
            until = [
                data.draw(st.integers(first, end))
                for first, end in zip(committed, ends, strict=True)
            ]
            store(
                target,
                committed,
                until,
                parts=data.draw(st.integers(1, 3)),
                finished=data.draw(st.integers(0, 3)),
            )
            if data.draw(st.booleans()):
                store(target, committed, until, parts=1, finished=1)
                committed = until
            if data.draw(st.booleans()):
                target = sink(Path(folder), "jsonl")
        store(target, committed, ends, parts=1, finished=1)
        assert numbers_in(Path(folder)) == sorted(
            100 * part + n for part, end in enumerate(ends) for n in range(end)
        )


def store(
    target: FileSink, first: list[int], until: list[int], *, parts: int, finished: int
) -> None:
    """Insert a batch in parts, as where a row is refused, and only the first ``finished`` of
    them."""
    batch = [
        RawRecord(Origin("t", part, n), None, b"", NOON)
        for part in range(3)
        for n in range(first[part], until[part])
    ]
    size = len(batch) // parts + 1
    for part in [batch[start : start + size] for start in range(0, len(batch), size)][:finished]:
        rows = [
            (100 * each.origin.partition + each.origin.offset, day(each.origin.offset))
            for each in part
        ]
        target.insert(
            "things", COLUMNS, rows, BatchToken(str([each.origin for each in part]), part, batch)
        )


def day(number: int) -> datetime:
    return NOON + timedelta(days=number % 3)


def test_a_file_lies_under_the_day_in_utc_and_names_come_from_no_value(tmp_path: Path) -> None:
    insert(sink(tmp_path, "jsonl"), range(10))
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.jsonl"))
    assert [name.rpartition("/")[0] for name in names] == [
        "things/day=2024-05-06",
        "things/day=2024-05-07",
    ]
    assert all(len(Path(name).stem) == 32 and int(Path(name).stem, 16) >= 0 for name in names)


def test_notes_of_the_journal_are_dropped_once_the_batches_are_past_them(tmp_path: Path) -> None:
    target = sink(tmp_path, "jsonl")
    for start in range(0, 150, 2):
        insert(target, range(start, start + 2))
    for path in (tmp_path / ".undertone/journal").iterdir():
        assert len(orjson.loads(path.read_bytes())) <= 65


@contextmanager
def no_more_than(size: int) -> Iterator[None]:
    """Let the system refuse to make files larger than ``size``, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("form", FORMATS)
def test_no_space_left_is_waited_for_and_the_same_insert_completes_afterwards(
    form: str, tmp_path: Path
) -> None:
    target = sink(tmp_path, form)
    with no_more_than(100), pytest.raises(WarehouseUnavailable):
        insert(target, range(1000))
    assert numbers_in(tmp_path) == []
    insert(target, range(1000))
    assert numbers_in(tmp_path) == list(range(1000))


def test_a_folder_that_cannot_be_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetRefused, match="EEXIST"):
        sink(tmp_path / "file" / "below", "jsonl")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        *(
            (number, TransientError)
            for number in (
                errno.ENOSPC,
                errno.EDQUOT,
                errno.EIO,
                errno.ESTALE,
                errno.EMFILE,
                errno.ENOENT,
            )
        ),
        *(
            (number, PermanentError)
            for number in (
                errno.EACCES,
                errno.EPERM,
                errno.EROFS,
                errno.ENOTDIR,
                errno.ENAMETOOLONG,
            )
        ),
    ],
)
def test_a_full_disk_is_transient_and_no_permission_is_permanent(
    number: int, kind: type[Exception]
) -> None:
    error = failure(Path("folder"), OSError(number, os.strerror(number), "folder/file"))
    assert isinstance(error, kind)
    assert errno.errorcode[number] in str(error)
