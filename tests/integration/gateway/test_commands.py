"""``undertone keys`` and the refusals of ``undertone gateway``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from streams.gateway.core.api_keys import PATTERN


def undertone(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    env = (
        os.environ
        | {"UNDERTONE_GATEWAY__KEYS_FILE": str(folder / "keys.json"), "COLUMNS": "200"}
        | settings
    )
    argv = [sys.executable, "-m", "streams", *arguments]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_a_key_is_shown_once_listed_without_it_and_revoked(tmp_path: Path) -> None:
    made = undertone(
        tmp_path,
        "keys",
        "new",
        "--client",
        "shop",
        "--scope",
        "predict",
        "--scope",
        "read",
        "--days",
        "90",
    )
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    match = PATTERN.fullmatch(key)
    assert match
    key_id = match[1]
    listed = undertone(tmp_path, "keys", "list").stdout
    assert (key_id in listed, "shop" in listed, "predict read" in listed, "valid" in listed) == (
        True,
        True,
        True,
        True,
    )
    assert key not in listed + (tmp_path / "keys.json").read_text()
    assert undertone(tmp_path, "keys", "revoke", key_id).returncode == 0
    assert "revoked" in undertone(tmp_path, "keys", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ("new", "--client", "shop", "--scope", "everything"),
            "no scope everything; there are predict, write, read",
        ),
        (("new", "--client", "a b"), "a client's name"),
        (("revoke", "aaaaaaaaaa"), "there is no key aaaaaaaaaa"),
    ],
)
def test_what_is_wrong_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    answered = undertone(tmp_path, "keys", *arguments)
    assert answered.returncode == 1
    assert complaint in answered.stderr.strip().splitlines()[-1]


def test_a_gateway_that_anybody_could_call_does_not_start(tmp_path: Path) -> None:
    answered = undertone(tmp_path, "gateway", UNDERTONE_GATEWAY__HOST="0.0.0.0")
    assert answered.returncode == 1
    assert "anybody could call" in answered.stderr.strip().splitlines()[-1]


def test_a_port_that_is_taken_is_said_before_any_model_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answered = undertone(
            tmp_path, "gateway", UNDERTONE_GATEWAY__PORT=str(taken.getsockname()[1])
        )
    assert answered.returncode == 1
    assert "UNDERTONE_GATEWAY__PORT" in answered.stderr.strip().splitlines()[-1]
