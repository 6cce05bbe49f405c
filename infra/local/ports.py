"""Free ports for the local stack, and the check that its own are free before anything starts."""

from __future__ import annotations

import atexit
import errno
import random
import socket
from contextlib import ExitStack

from schemas.errors import PortInUse

# Systems give outgoing connections ports above these (Linux from 32768, macOS from 49152), so none
# takes one of these between the choice and the start of its server.
CHOICE = range(10_000, 32_000)
TRIES = 1_000
_chosen = ExitStack()
atexit.register(_chosen.close)


def free_port() -> int:
    """A free TCP port of the loopback address, given to no other caller while this process lives,
    in this process or another. Raises ``PortInUse`` where there is none.
    """
    order = random.SystemRandom()
    for _ in range(TRIES):
        port = order.choice(CHOICE)
        # The UDP port of the same number, which no server here uses, stands for the choice: only
        # one process can have it, and the system takes it back at its end.
        choice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            with socket.socket() as listener:
                choice.bind(("127.0.0.1", port))
                listener.bind(("127.0.0.1", port))
        except OSError:
            choice.close()
            continue
        _chosen.enter_context(choice)
        return port
    raise PortInUse(f"no free port between {CHOICE.start} and {CHOICE.stop - 1} on 127.0.0.1")


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
