"""``undertone alerts`` as a person uses it, on webhooks that are really sent and received."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.integration.test_alerts import OTHER, SECRET
from tests.webhook_receiver import Reply, receiving


def undertone(
    *arguments: str, webhooks: list[dict[str, object]] | None = None
) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"UNDERTONE_ALERTS__WEBHOOKS": json.dumps(webhooks or []), "COLUMNS": "150"}
    argv = [sys.executable, "-m", "streams", *arguments]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_trying_out_shows_every_targets_answer_and_fails_if_one_refuses() -> None:
    with receiving(SECRET) as well, receiving(SECRET, Reply(500), Reply(500)) as ill:
        webhooks: list[dict[str, object]] = [
            {"name": "well", "url": well.url, "secrets": [SECRET]},
            {"name": "ill", "url": ill.url, "body": "slack"},
        ]
        done = undertone("alerts", "test", webhooks=webhooks)
        only = undertone("alerts", "test", "--target", "well", webhooks=webhooks)
    assert done.returncode == 1
    assert done.stdout.count("HTTP 204") == done.stdout.count("HTTP 500") == 2
    assert only.returncode == 0, only.stderr
    assert all(request.verified for request in well.received)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [((), "UNDERTONE_ALERTS__WEBHOOKS"), (("--target", "x"), "no target x")],
)
def test_without_targets_it_says_so_in_one_line(arguments: tuple[str, ...], problem: str) -> None:
    done = undertone("alerts", "test", *arguments)
    assert done.returncode == 1
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1


def test_settings_never_show_a_secret_or_an_address() -> None:
    webhooks: list[dict[str, object]] = [
        {"name": "slack", "url": "https://hooks.example/T0/hidden", "secrets": [SECRET]}
    ]
    shown = undertone("settings", webhooks=webhooks)
    wrong = undertone(
        "settings",
        webhooks=[{"name": "slack", "url": "gopher://hidden", "secrets": [SECRET + "!hidden"]}],
    )
    assert shown.returncode == 0
    assert "hidden" not in shown.stdout + wrong.stdout + wrong.stderr
    assert SECRET not in shown.stdout
    assert "UNDERTONE_ALERTS__WEBHOOKS" in wrong.stderr


def test_a_receiver_prints_what_is_signed_right_and_refuses_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    argv = [
        sys.executable,
        "-m",
        "streams",
        "alerts",
        "receive",
        "--port",
        "0",
        "--secret-file",
        str(tmp_path / "secret"),
    ]
    argv += ["--count", "4", "--json"]
    receiver = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert receiver.stderr is not None
    match = re.search(r"http://\S+", receiver.stderr.readline())
    assert match is not None
    webhooks: list[dict[str, object]] = [
        {"name": "right", "url": match[0], "secrets": [SECRET]},
        {"name": "wrong", "url": match[0], "secrets": [OTHER]},
    ]
    done = undertone("alerts", "test", webhooks=webhooks)
    output, _ = receiver.communicate(timeout=20)
    assert (done.stdout.count("HTTP 204"), done.stdout.count("HTTP 401")) == (2, 2)
    assert [orjson.loads(line)["verified"] for line in output.splitlines()] == [
        True,
        True,
        False,
        False,
    ]
