"""The compose file, read by the reader that `docker compose config` is made of."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.servers import go_tools
from tests.servers.process import Unavailable

FILE = Path(__file__).parents[3] / "docker-compose.yml"


def read(file: Path) -> subprocess.CompletedProcess[str]:
    try:
        reader = go_tools.tool("cmd")
    except Unavailable as reason:
        pytest.skip(str(reason))
    command = [reader, "-format", "json", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_compose_file_is_valid() -> None:
    done = read(FILE)
    assert done.returncode == 0, done.stderr
    services: dict[str, Any] = json.loads(done.stdout)["services"]
    assert services["worker"]["environment"]["UNDERTONE_LOG__LEVEL"] == "INFO"
    assert services["triton"]["profiles"] == ["gpu"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("restart:", "restarts:"),
        ("cpus: ", "cores: "),
        ("${UNDERTONE_LOG__LEVEL:-INFO}", "${UNDERTONE_LOG"),
    ],
)
def test_a_mistake_is_found(tmp_path: Path, right: str, wrong: str) -> None:
    text = FILE.read_text()
    assert right in text
    broken = tmp_path / FILE.name
    broken.write_text(text.replace(right, wrong, 1))
    assert read(broken).returncode != 0
