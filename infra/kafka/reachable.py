"""Connection check of the brokers, so that a command fails at once instead of retrying for ever."""

from __future__ import annotations

import socket

from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable

TIMEOUT_S = 2.0


def check_reachable(settings: KafkaSettings) -> None:
    """Return if one of the bootstrap servers accepts a connection. Raises ``BrokerUnavailable``."""
    reason = ""
    for server in settings.bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), TIMEOUT_S).close()
            return
        except OSError as error:
            reason = error.strerror or type(error).__name__
    raise BrokerUnavailable(f"no broker at {settings.bootstrap_servers}: {reason}")
