"""Atomic replacement of files: what readers see while a writer is at work, fails or is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.whole_files import replaced_file

WRITER = """
import sys, threading
from pathlib import Path
from infra.whole_files import replaced_file

with replaced_file(Path(sys.argv[1])) as file:
    file.write(b"half of the n")
    file.flush()
    print("writing", flush=True)
    threading.Event().wait()
"""
LONG = "a" * 251 + ".txt"


@pytest.mark.parametrize("name", ["state.json", "[odd] *.html", LONG])
def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / "folder that is missing" / name
    for durable, content in ((True, b"old"), (False, b"new")):
        before = path.read_bytes() if path.exists() else None
        with replaced_file(path, durable=durable) as file:
            file.write(content)
            file.flush()
            assert (path.read_bytes() if path.exists() else None) == before
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b"old")

    def fail() -> None:
        with replaced_file(path) as file:
            file.write(b"half of the n")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_for_the_owner_alone_is_so_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with replaced_file(path, 0o600) as file:
        assert os.fstat(file.fileno()).st_mode & 0o777 == 0o600
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_writer_left_is_removed_by_the_next_and_what_a_live_one_writes_is_not(
    tmp_path: Path,
) -> None:
    path, other = tmp_path / "state.json", tmp_path / "other.json"
    path.write_bytes(b"old")
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        try:
            assert writer.stdout.readline() == b"writing\n"
            with replaced_file(path) as file:
                file.write(b"new")
            assert len(list(tmp_path.iterdir())) == 2, "that of the writer which is at work"
        finally:
            writer.kill()
    with replaced_file(other) as file:
        file.write(b"another file")
    assert len(list(tmp_path.iterdir())) == 3, "no business of the writers of other files"
    with replaced_file(path) as file:
        file.write(b"newer")
    assert path.read_bytes() == b"newer"
    assert sorted(tmp_path.iterdir()) == [other, path]
