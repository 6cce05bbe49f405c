"""Liveness and readiness, and the server that tells of them while others hold its connections."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from contextlib import ExitStack

import pytest

from infra import health
from infra.health import Health, serve
from infra.settings import MetricsSettings
from tests.harness import answers


def server(state: Health) -> tuple[str, int]:
    url = serve(MetricsSettings(port=0), state)
    return url, int(url.rpartition(":")[2])


def alive(state: Health) -> bool:
    """Asked anew: to the type checker an attribute stays what it was."""
    return state.alive


def test_work_that_waits_longer_than_the_patience_is_a_hang_and_idleness_is_not() -> None:
    now = [0.0]
    state = Health(patience_s=120, clock=lambda: now[0])
    now[0] = 1000.0
    assert alive(state)
    state.expect()
    now[0] += 119
    state.expect()  # still the same work
    assert alive(state)
    now[0] += 1
    assert not alive(state)
    state.progress()
    now[0] += 1000
    assert alive(state)


def test_a_loop_that_beats_is_alive_until_it_stops_turning() -> None:
    now = [0.0]
    state = Health(patience_s=120, clock=lambda: now[0])
    for _ in range(10):
        state.beat()
        now[0] += 119
        assert alive(state)
    now[0] += 1
    assert not alive(state)


def test_parts_that_are_down_are_named_and_leave_the_process_alive() -> None:
    state = Health()
    url, _ = server(state)
    state.set_ready(False, ["trainer"])
    with (
        pytest.raises(urllib.error.HTTPError) as refused,
        urllib.request.urlopen(f"{url}/health/ready", timeout=30),
    ):
        pass
    with refused.value as answer:
        assert (answer.code, json.load(answer)) == (503, {"ready": False, "down": ["trainer"]})
    assert answers(f"{url}/health/live")
    state.set_ready()
    assert answers(f"{url}/health/ready")


def test_probes_are_answered_while_others_hold_more_connections_than_there_are() -> None:
    url, port = server(Health())
    with ExitStack() as stack:
        for _ in range(health.MOST_CONNECTIONS + 10):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 30)).sendall(
                b"GET /metrics HTTP/1.1\r\n"
            )
        assert answers(f"{url}/health/live")
        assert answers(f"{url}/metrics")


def test_a_connection_that_keeps_sending_a_little_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LONGEST_S", 0.2)
    _, port = server(Health())
    with socket.create_connection(("127.0.0.1", port), 30) as slow:
        slow.sendall(b"GET /metrics HTTP/1.1\r\n")
        slow.settimeout(0.05)
        for _ in range(1000):
            try:
                slow.sendall(b"X-Slow: 1\r\n")
                if slow.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    raise AssertionError("it is still open")
