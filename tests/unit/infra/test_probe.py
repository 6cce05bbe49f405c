"""The health check of containers, against a process that serves its health."""

from __future__ import annotations

import pytest

from infra.health import Health, serve
from infra.probe import main
from infra.settings import MetricsSettings


def test_the_probe_says_what_the_process_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    health = Health()
    port = serve(MetricsSettings(host="0.0.0.0", port=0), health).rpartition(":")[2]
    monkeypatch.setenv("UNDERTONE_METRICS__HOST", "0.0.0.0")
    monkeypatch.setenv("UNDERTONE_METRICS__PORT", port)
    assert (main(["live"]), main(["ready"]), main([])) == (0, 1, 1)
    health.set_ready()
    assert (main(["ready"]), main([])) == (0, 0)
    assert "503" in capsys.readouterr().err


def test_nobody_there_is_unwell_and_a_wrong_question_is_another_status(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UNDERTONE_METRICS__PORT", "1")
    assert main(["ready"]) == 1
    assert main(["happy"]) == 2
    monkeypatch.setenv("UNDERTONE_METRICS__PORT", "no number")
    assert main(["ready"]) == 2
