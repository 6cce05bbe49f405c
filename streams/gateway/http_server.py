"""uvicorn with a deadline for request headers, a limit on connections, and problem details instead
of plain text.

Without the deadline a client that sends a header a minute keeps its connection for ever (slow
loris): uvicorn's only time-out is for connections that are idle between requests. h11, not
httptools: it limits the size of headers that are not whole yet.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import h11
import orjson
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from infra.grace import GRACE_S
from infra.settings import GatewaySettings
from streams.gateway.core.problems import MEDIA_TYPE, RETRY_AFTER_S, Problem
from streams.gateway.envelope import SECURITY_HEADERS

MAX_HEADERS: Final = 16 * 1024
HEADERS_TOO_LARGE: Final = 431


def protocol(settings: GatewaySettings) -> type[H11Protocol]:
    """uvicorn's HTTP/1.1 protocol, guarded. uvicorn wants a class, which is why the settings are in
    a closure.
    """

    class Guarded(H11Protocol):
        _headers_late: asyncio.TimerHandle | None = None

        # As uvicorn's own
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > settings.max_connections:
                self._refuse(
                    Problem(
                        "overloaded", f"{settings.max_connections} connections are open already"
                    )
                )
            else:
                self._await_headers()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._await_headers()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            # uvicorn does not hand on what h11 found, but calls this while it handles it.
            error = sys.exc_info()[1]
            hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
            if hint == HEADERS_TOO_LARGE:
                self._refuse(
                    Problem("headers_too_large", f"at most {MAX_HEADERS} bytes are accepted")
                )
            else:
                self._refuse(Problem("bad_request", "malformed HTTP/1.1 request"))

        def timeout_keep_alive_handler(self) -> None:
            if (
                self.transport.get_write_buffer_size()
            ):  # the client does not read: closing would wait for it
                self.transport.abort()
            super().timeout_keep_alive_handler()

        def _await_headers(self) -> None:
            if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
                self._stop_waiting()
            elif self._headers_late is None:
                self._headers_late = self.loop.call_later(settings.header_timeout_s, self._too_late)

        def _stop_waiting(self) -> None:
            if self._headers_late is not None:
                self._headers_late.cancel()
                self._headers_late = None

        def _too_late(self) -> None:
            self._refuse(
                Problem(
                    "too_slow", f"the headers did not arrive within {settings.header_timeout_s:g} s"
                )
            )

        def _refuse(self, problem: Problem) -> None:
            self._stop_waiting()
            if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                body = orjson.dumps(problem.document())
                headers = SECURITY_HEADERS | {
                    "content-type": MEDIA_TYPE,
                    "content-length": str(len(body)),
                    "connection": "close",
                }
                if problem.status == 503:
                    headers["retry-after"] = str(RETRY_AFTER_S)
                events = (
                    h11.Response(status_code=problem.status, headers=list(headers.items())),
                    h11.Data(data=body),
                )
                for event in (*events, h11.EndOfMessage()):
                    self.transport.write(self.conn.send(event) or b"")
            self.transport.close()

    return Guarded


def server(app: FastAPI, settings: GatewaySettings) -> uvicorn.Server:
    """The server, not yet started. It ends on SIGTERM or SIGINT, when what is in work is answered,
    or after ``GRACE_S``.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=protocol(settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=int(GRACE_S),
        h11_max_incomplete_event_size=MAX_HEADERS,
    )
    return uvicorn.Server(config)
