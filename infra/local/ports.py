"""Check that the local stack's ports are free before anything is started."""

from __future__ import annotations

import errno
import socket

from schemas.errors import PortInUse


def free_port() -> int:
    """A free port of the loopback address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def require_free(port: int, what: str, setting: str) -> None:
    """Raises ``PortInUse`` naming the port, what it is for, and the setting that moves it."""
    with socket.socket() as probe:
        # Without it a port whose connections have just been closed looks taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = (
                "is in use"
                if error.errno == errno.EADDRINUSE
                else f"cannot be used ({error.strerror})"
            )
            raise PortInUse(
                f"port {port} for {what} {reason}: stop what listens there, or set {setting}"
            ) from error
