"""A receiver of webhooks made from the specification alone: it shares no code with the sender.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_S = 300


@dataclass(frozen=True)
class Reply:
    """What to answer; ``delay_s`` before it, ``drip`` a byte at a time."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drip: bool = False


@dataclass(frozen=True)
class Received:
    """A request. ``verified`` is whether one of its signatures is right and its time is now."""

    at: float
    webhook_id: str
    body: str
    verified: bool
    signatures: int
    status: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def verified(headers: dict[str, str], body: str, secret: str) -> bool:
    """As the specification says, "Verifying webhook authenticity"; never where nothing is
    signed."""
    if "webhook-signature" not in headers:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    if abs(time.time() - int(headers["webhook-timestamp"])) > TOLERANCE_S:
        return False
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    candidates = [part.split(",", 1) for part in headers["webhook-signature"].split(" ") if part]
    return any(
        version == "v1" and hmac.compare_digest(found, expected) for version, found in candidates
    )


@dataclass
class Receiver:
    """Answers with ``replies`` in turn, then 204."""

    url: str
    secret: str
    replies: deque[Reply] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def accepted(self) -> list[Received]:
        """What was answered with success."""
        return [request for request in self.received if request.status < 300]


@contextmanager
def receiving(secret: str, *replies: Reply) -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            with receiver.lock:
                reply = receiver.replies.popleft() if receiver.replies else Reply(204)
                receiver.received.append(
                    Received(
                        at=time.time(),
                        webhook_id=headers.get("webhook-id", ""),
                        body=body,
                        verified=verified(headers, body, receiver.secret),
                        signatures=len(headers.get("webhook-signature", "").split()),
                        status=reply.status,
                    )
                )
            self._answer(reply)

        def _answer(self, reply: Reply) -> None:
            time.sleep(reply.delay_s)
            try:
                if reply.drip:
                    for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"." * 50:
                        self.wfile.write(bytes([byte]))
                        time.sleep(0.1)
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
            except OSError:
                return  # the sender has given up

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook", secret, deque(replies))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
