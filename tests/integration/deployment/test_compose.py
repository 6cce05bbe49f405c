"""The compose file, read by the reader that `docker compose config` is made of."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.servers import go_tools
from tests.servers.process import Unavailable

FILE = Path(__file__).parents[3] / "docker-compose.yml"


def read(file: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    try:
        reader = go_tools.tool("cmd")
    except Unavailable as reason:
        pytest.skip(str(reason))
    command = [reader, "-format", "json", str(file)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_the_compose_file_is_valid_with_and_without_a_gpu() -> None:
    plain = read(FILE)
    assert plain.returncode == 0, plain.stderr
    services: dict[str, Any] = json.loads(plain.stdout)["services"]
    assert "triton" not in services
    assert services["worker"]["environment"]["UNDERTONE_SCORING__ENGINE"] == "tensorflow"
    with_gpu = read(FILE, COMPOSE_PROFILES="gpu", UNDERTONE_SCORING__ENGINE="triton")
    assert with_gpu.returncode == 0, with_gpu.stderr
    services = json.loads(with_gpu.stdout)["services"]
    assert {"triton", "triton-english", "triton-chinese"} <= services.keys()
    assert services["worker"]["environment"]["UNDERTONE_SCORING__ENGINE"] == "triton"


@pytest.mark.parametrize(("right", "wrong"), [("restart:", "restarts:"), ("secrets: [alert-webhook-url]", "secrets: [nobody]")])
def test_a_mistake_is_found(tmp_path: Path, right: str, wrong: str) -> None:
    text = FILE.read_text()
    assert right in text
    broken = tmp_path / FILE.name
    broken.write_text(text.replace(right, wrong, 1))
    assert read(broken).returncode != 0
