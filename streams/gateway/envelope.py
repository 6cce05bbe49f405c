"""Middleware around every request: request id, security headers, audit log without content,
metrics, unexpected errors.

What nobody foresaw is logged by its type and place alone: the message of an error may quote a
review.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import traceback
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra import metrics
from streams.gateway.core.problems import Problem
from streams.gateway.gateway_records import new_id

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
UNMATCHED: Final = "unmatched"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET: Final = "/health/"
GONE: Final = 499
"""Status, in the log and the metrics, of a request whose client went away before the answer."""

SECURITY_HEADERS: Final = {
    # 'self' only: the console and the documentation are served from here, scripts and all. Swagger
    # UI draws with data: images.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src "
        "'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
DRAINED_BYTES: Final = 2**18
DRAIN_S: Final = 0.5
REFUSED_AFTER_S: Final = 0.5

log = logging.getLogger("undertone.gateway")
audit = logging.getLogger("undertone.audit")


@dataclass(slots=True)
class _Call:
    """One request on its way: what is known of it so far."""

    scope: Scope
    receive: Receive = field(repr=False)
    send: Send = field(repr=False)
    request_id: str
    began: float
    bytes_in: int = 0
    bytes_out: int = 0
    status: int = GONE
    read: bool = False
    """Whether the whole body has been read."""

    async def take(self) -> Message:
        message = await self.receive()
        self.bytes_in += len(message.get("body", b""))
        self.read = self.read or not message.get("more_body", False)
        return message

    async def give(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            await self._finish_reading()
            headers = MutableHeaders(scope=message)
            for name, value in self._extra().items():
                headers.setdefault(name, value)
        self.bytes_out += len(message.get("body", b""))
        await self.send(message)

    def _extra(self) -> dict[str, str]:
        admission = self.scope["state"].get("admission")
        extra = SECURITY_HEADERS | {"x-request-id": self.request_id, "cache-control": "no-store"}
        if admission is not None:
            extra |= admission.headers
        # Whatever of the body is still to come would hold the connection for as long as the client
        # likes.
        return extra if self.read else extra | {"connection": "close"}

    async def _finish_reading(self) -> None:
        """A refusal may come before the body. To close on unread data would destroy it on its way:
        read on, a little.
        """
        headers = Headers(scope=self.scope)
        if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
            self.read = True
        if self.read or "expect" in headers:
            return
        try:
            async with asyncio.timeout(DRAIN_S):
                while not self.read and self.bytes_in < DRAINED_BYTES:
                    await self.take()
        except TimeoutError:
            pass


class Envelope:
    """ASGI middleware, the outermost. Of more than ``max_requests`` at once, those that are too
    many are refused.
    """

    def __init__(self, app: ASGIApp, max_requests: int) -> None:
        self._app, self._max_requests = app, max_requests
        self._in_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else new_id()
        scope.setdefault("state", {})
        call = _Call(scope, receive, send, request_id, time.perf_counter())
        try:
            if self._in_work >= self._max_requests and not scope["path"].startswith(QUIET):
                await self._refuse(call)
            else:
                self._in_work += 1
                try:
                    await self._answer(call)
                finally:
                    self._in_work -= 1
        finally:
            _record(call)

    async def _refuse(self, call: _Call) -> None:
        """After a while: clients that come back at once would leave no time for the requests that
        are in work.
        """
        problem = Problem("overloaded", f"{self._in_work} requests are already in progress")
        await asyncio.sleep(REFUSED_AFTER_S)
        await problem.response()(call.scope, call.take, call.give)

    async def _answer(self, call: _Call) -> None:
        try:
            await self._app(call.scope, call.take, call.give)
        except Problem as problem:
            await problem.response()(call.scope, call.take, call.give)
        except ClientDisconnect:
            pass
        except Exception as error:
            log.error("request %s failed: %s", call.request_id, described(error))
            if call.status == GONE:
                internal = Problem("internal", f"see request {call.request_id} in the log")
                await internal.response()(call.scope, call.take, call.give)


def described(error: BaseException) -> str:
    """An error's type and the lines it passed, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        type(error).__name__
        + " at "
        + " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames[-8:]))
    )


def _record(call: _Call) -> None:
    scope, seconds = call.scope, time.perf_counter() - call.began
    path = scope["state"].get("path") or getattr(scope.get("route"), "path", None) or UNMATCHED
    method = scope["method"] if scope["method"] in METHODS else "other"
    metrics.GATEWAY_REQUESTS.labels(method, path, str(call.status)).inc()
    metrics.GATEWAY_SECONDS.labels(path).observe(seconds)
    if path.startswith(QUIET):
        return
    admission = scope["state"].get("admission")
    line: dict[str, Any] = {
        "key": admission.caller.key if admission else None,
        "client": admission.caller.client if admission else None,
        "method": method,
        "path": path,
        "status": call.status,
        "bytes_in": call.bytes_in,
        "bytes_out": call.bytes_out,
        "ms": round(seconds * 1000, 1),
        "request_id": call.request_id,
    }
    audit.info("%s", orjson.dumps(line).decode())
