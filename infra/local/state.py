"""State file of the local stack, ``stack.json``: the processes that the supervisor runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil

from infra.whole_files import replaced_file

FILE = "stack.json"

Stack = dict[str, Any]
"""``{"pid", "began", "ready", "processes": [{"name", "role", "pid", "restarts", "metrics"}],
"addresses": {name: URL}}``
"""


def write(data_dir: Path, stack: Stack) -> None:
    """Replace the file, so that a reader sees the old or the new state."""
    with replaced_file(data_dir / FILE) as file:
        file.write(json.dumps(stack, indent=2).encode())


def remove(data_dir: Path) -> None:
    """Nothing runs any more."""
    (data_dir / FILE).unlink(missing_ok=True)


def read(data_dir: Path) -> Stack | None:
    """The stack of this folder, or None where none runs: what a killed supervisor left behind does
    not count.
    """
    try:
        stack: Stack = json.loads((data_dir / FILE).read_text(encoding="utf8"))
        alive = began(stack["pid"]) == stack["began"]
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return stack if alive else None


def began(pid: int) -> float | None:
    """When a process began, which tells it from a later one of the same number; None if there is
    none.
    """
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None
