"""``/metrics``, ``/health/live`` and ``/health/ready`` of a process, served from a thread of their own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from infra.settings import MetricsSettings
from schemas.errors import PortInUse

StartResponse = Callable[..., Any]


class Health:
    """Ready when ``set_ready`` was called; alive while progress, once expected, is reported within ``patience_s``.

    An idle process is alive: only work that is waiting (``expect``) and not getting done makes it unwell.
    """

    def __init__(self, patience_s: float = 120.0) -> None:
        self._patience_s = patience_s
        self._ready = False
        self._waiting_since: float | None = None

    def set_ready(self, ready: bool = True) -> None:
        """Whether this process can take its share of the work."""
        self._ready = ready

    def expect(self) -> None:
        """There is work to do; starts the clock unless it runs already."""
        if self._waiting_since is None:
            self._waiting_since = time.monotonic()

    def progress(self) -> None:
        """Some work was done, or there is none."""
        self._waiting_since = None

    @property
    def ready(self) -> bool:
        """Ready, and alive."""
        return self._ready and self.alive

    @property
    def alive(self) -> bool:
        """False when work has been waiting for longer than the patience allows."""
        since = self._waiting_since
        return since is None or time.monotonic() - since < self._patience_s


def serve(settings: MetricsSettings, health: Health) -> str:
    """Start serving; the base URL. Raises ``PortInUse`` naming the port."""
    metrics = make_wsgi_app()

    def application(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in {"/health/live", "/health/ready"}:
            name = path.removeprefix("/health/")
            fine = health.alive if name == "live" else health.ready
            start("200 OK" if fine else "503 Service Unavailable", [("Content-Type", "application/json")])
            return [json.dumps({name: fine}).encode()]
        if path == "/metrics":
            served: Iterable[bytes] = metrics(environ, start)
            return served
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics, /health/live, /health/ready\n"]

    try:
        server = make_server(settings.host, settings.port, application, WSGIServer, _SilentHandler)
    except OSError as error:
        raise PortInUse(
            f"port {settings.port} for metrics is in use: stop what listens there or set UNDERTONE_METRICS__PORT (0 takes any)"
        ) from error
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return f"http://{settings.host}:{server.server_port}"


class _SilentHandler(WSGIRequestHandler):
    timeout = 5  # a client that says nothing does not hold the only thread for ever

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are not worth a log line."""
