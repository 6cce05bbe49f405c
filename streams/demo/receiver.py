"""Webhook receiver written from the specification alone, https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

SECRET_PREFIX = "whsec_"


@dataclass(slots=True)
class Received:
    """``alerts``: by ``webhook-id``, so that what is sent twice is there once. ``refused``:
    messages with a wrong signature.
    """

    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: int = 0


@contextmanager
def receiver(secret: str) -> Iterator[tuple[str, Received]]:
    """A URL of this machine, and what arrives there."""
    received = Received()
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            identity = self.headers["webhook-id"]
            signed = f"{identity}.{self.headers['webhook-timestamp']}.".encode() + body
            expected = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
            genuine = any(
                hmac.compare_digest(expected, each.encode())
                for each in self.headers["webhook-signature"].split()
            )
            if genuine:
                received.alerts[identity] = orjson.loads(body)
            else:
                received.refused += 1
            self.send_response(204 if genuine else 401)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Silent: the console is the demo's."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/alerts", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
