"""HTTP server of ``/metrics``, ``/health/live`` and ``/health/ready``, in threads of its own."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from infra.settings import MetricsSettings
from schemas.errors import PortInUse

StartResponse = Callable[..., Any]
MOST_CONNECTIONS: Final = 64
LONGEST_S: Final = 5.0


class Health:
    """Ready when ``set_ready`` was called; alive while progress, once expected, is reported within
    ``patience_s``.

    Liveness is the process's own progress, for all that follows is a restart: an idle process is
    alive, and so is one that waits for a server that is away or has parts that fail. Only work that
    is waiting (``expect``) and not getting done ends that.
    """

    def __init__(
        self, patience_s: float = 120.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience_s, self._clock = patience_s, clock
        self._ready = False
        self._down: tuple[str, ...] = ()
        self._waiting: tuple[str, ...] = ()
        self._waiting_since: float | None = None

    def set_ready(
        self, ready: bool = True, down: Iterable[str] = (), waiting: Iterable[str] = ()
    ) -> None:
        """Whether this process can take its share of the work, and the names of its parts that are
        ``down``, or ``waiting`` for a server.
        """
        self._ready, self._down, self._waiting = ready, tuple(down), tuple(waiting)

    def expect(self) -> None:
        """There is work to do; starts the clock unless it runs already."""
        if self._waiting_since is None:
            self._waiting_since = self._clock()

    def progress(self) -> None:
        """Some work was done, or there is none."""
        self._waiting_since = None

    def beat(self) -> None:
        """Some work was done, and there is always more: for a loop that is never idle for long."""
        self._waiting_since = self._clock()

    @property
    def down(self) -> tuple[str, ...]:
        """Parts of the process that do not work just now."""
        return self._down

    @property
    def waiting(self) -> tuple[str, ...]:
        """Parts of the process that wait for a server which is away."""
        return self._waiting

    @property
    def ready(self) -> bool:
        """Ready, and alive."""
        return self._ready and self.alive

    @property
    def alive(self) -> bool:
        """False when work has been waiting for longer than the patience allows."""
        since = self._waiting_since
        return since is None or self._clock() - since < self._patience_s


def serve(settings: MetricsSettings, health: Health) -> str:
    """Start serving; the base URL. Raises ``PortInUse`` naming the port."""
    metrics = make_wsgi_app()

    def application(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in {"/health/live", "/health/ready"}:
            name = path.removeprefix("/health/")
            fine = health.alive if name == "live" else health.ready
            start(
                "200 OK" if fine else "503 Service Unavailable",
                [("Content-Type", "application/json")],
            )
            parts = {"down": health.down, "waiting": health.waiting}
            named = {state: names for state, names in parts.items() if names}
            return [json.dumps({name: fine} | named).encode()]
        if path == "/metrics":
            served: Iterable[bytes] = metrics(environ, start)
            return served
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics, /health/live, /health/ready\n"]

    try:
        server = make_server(settings.host, settings.port, application, _Server, _SilentHandler)
    except OSError as error:
        raise PortInUse(
            f"port {settings.port} for metrics is in use: stop what listens there or set "
            "UNDERTONE_METRICS__PORT (0 takes any)"
        ) from error
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return f"http://{settings.host}:{server.server_port}"


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection, of which there are at most ``MOST_CONNECTIONS``, none for
    longer than ``LONGEST_S``.

    A time-out of the socket alone would not do: a client may send a byte now and then, and probes
    would wait behind it.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, *arguments: Any) -> None:
        self._since: dict[socket.socket, float] = {}
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Beyond the most, the oldest connection makes room."""
        connections = dict(self._since)
        if len(connections) >= MOST_CONNECTIONS:
            _shut(min(connections, key=connections.__getitem__))
        self._since[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Called by the connection's thread when it is done with it."""
        self._since.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called by the server's loop, twice a second at least."""
        for connection, since in dict(self._since).items():
            if time.monotonic() - since > LONGEST_S:
                _shut(connection)


def _shut(connection: socket.socket) -> None:
    """Wake the thread that waits for this connection, which then closes it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are not worth a log line."""
