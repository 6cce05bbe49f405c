"""Webhook receiver for trying things out on one machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

from schemas.errors import InputError, PortInUse

LARGEST: Final = 2_000_000
PATIENCE_S: Final = 10


@dataclass(frozen=True, slots=True)
class Message:
    """``verified`` is None where there is no secret to check the signature with."""

    webhook_id: str
    verified: bool | None
    body: Any

    def describe(self) -> str:
        """For people: a line for each alert, whatever the format of the body."""
        signature = {
            True: "signature verified",
            False: "REFUSED: not signed right",
            None: "signature not checked",
        }[self.verified]
        return "\n".join(
            [f"{self.webhook_id}  {signature}", *(f"  {line}" for line in _lines(self.body))]
        )


def _lines(body: Any) -> list[str]:
    if isinstance(body, list):  # Alertmanager
        return [
            f"{alert['labels'].get('alertname', '')}: {alert['annotations'].get('summary', '')}"
            for alert in body
        ]
    if isinstance(body, dict) and "summary" in body:
        return [
            f"{body.get('status', '')}: {body['summary']}",
            *str(body.get("description", "")).splitlines(),
        ]
    return str(body.get("text", "") if isinstance(body, dict) else body).splitlines()


def serve(
    port: int,
    secret: str | None,
    show: Callable[[Message], None],
    count: int,
    ready: Callable[[str], None],
) -> None:
    """Answer POSTs on the loopback address: 204, or 401 where the signature is wrong. Ends after
    ``count`` messages, 0 never.

    ``ready`` is told the address. Raises ``PortInUse``, and ``InputError`` for a secret that is
    none.
    """
    webhook = None if secret is None else _webhook(secret)
    received = 0

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_S

        def do_POST(self) -> None:
            nonlocal received
            length = self.headers.get("content-length", "")
            if not length.isdigit() or int(length) > LARGEST:
                self._answer(413)
                return
            message = read(
                self.rfile.read(int(length)),
                {name.lower(): value for name, value in self.headers.items()},
                webhook,
            )
            self._answer(401 if message.verified is False else 204)
            received += 1
            show(message)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """What is received is shown; requests are not."""

    try:
        server = HTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise PortInUse(
            f"port {port} is in use: choose another with --port (0 takes any)"
        ) from error
    with server:
        ready(f"http://127.0.0.1:{server.server_port}")
        while not count or received < count:
            server.handle_request()


def _webhook(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except Exception as error:  # the library raises its own kinds and binascii's
        raise InputError("the secret is not whsec_ and base64") from error


def read(body: bytes, headers: dict[str, str], webhook: Webhook | None) -> Message:
    """A request, and whether it is signed right."""
    verified = None
    if webhook is not None:
        try:
            webhook.verify(body, headers, json_parse=False)
            verified = True
        except (WebhookVerificationError, ValueError):
            verified = False
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        content = None
    return Message(headers.get("webhook-id", ""), verified, content)
