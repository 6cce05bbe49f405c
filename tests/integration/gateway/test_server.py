"""The gateway on a socket, against clients that do not behave: each gets a clear refusal, and
nobody else has to wait for it.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from streams.gateway.http_server import MAX_HEADERS, server
from tests.harness import wait_for
from tests.unit.streams.gateway.inside import app_of, settings_of

PATIENCE_S = 60.0
SHORT = 0.3
BODY = b'{"text": "A wonderful film, and I would gladly see it again."}'
HEAD = b"POST /api/v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
GET = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@contextmanager
def serving(folder: Path, **gateway: object) -> Iterator[int]:
    """The gateway in a thread; its port."""
    settings = settings_of(folder, **gateway)
    listening = socket.create_server(("127.0.0.1", 0))
    uvicorn = server(app_of(settings), settings.gateway)
    thread = threading.Thread(target=uvicorn.run, args=([listening],))
    thread.start()
    wait_for("the server to start", lambda: uvicorn.started)
    try:
        yield listening.getsockname()[1]
    finally:
        uvicorn.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("gateway")
    with serving(
        folder, header_timeout_s=SHORT, body_timeout_s=SHORT, max_body_bytes=2048, keep_alive_s=1
    ) as port:
        yield port


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        yield connection


def everything(connection: socket.socket) -> bytes:
    """What the server sends until it closes."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """One answer; the connection stays as it is."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return int(first.split()[1]), headers, body


def refusal(connection: socket.socket, status: int, code: str) -> dict[str, Any]:
    """Checks that the answer is that problem, and that the connection is closed after it."""
    found, headers, body = answer(connection)
    document: dict[str, Any] = json.loads(body)
    assert (found, document["code"], headers["content-type"]) == (
        status,
        code,
        "application/problem+json",
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert connection.recv(1) == b""
    return document


class TestSlowClients:
    def test_one_that_says_nothing_is_told_so(self, connection: socket.socket) -> None:
        refusal(connection, 408, "too_slow")

    def test_one_whose_headers_trickle_is_told_so_however_many_there_are(
        self, connection: socket.socket
    ) -> None:
        connection.sendall(GET)
        stop = threading.Event()

        def trickle() -> None:
            while not stop.wait(SHORT / 10):
                try:
                    connection.sendall(b"X-Slow: loris\r\n")
                except OSError:
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        refusal_of = answer(connection)
        stop.set()
        thread.join()
        assert (refusal_of[0], json.loads(refusal_of[2])["code"]) == (408, "too_slow")

    def test_one_whose_headers_trickle_after_a_whole_request_is_told_so(
        self, connection: socket.socket
    ) -> None:
        connection.sendall(GET + b"\r\n")
        assert answer(connection)[0] == 200
        connection.sendall(GET)
        refusal(connection, 408, "too_slow")

    def test_one_whose_body_does_not_come_is_told_so(self, connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 50\r\n\r\n" + b'{"text"')
        refusal(connection, 408, "too_slow")

    def test_one_whose_chunks_trickle_is_told_so(self, connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n{\r\n")
        refusal(connection, 408, "too_slow")

    def test_many_of_them_do_not_keep_others_waiting(self, port: int) -> None:
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        for connection in slow:
            connection.sendall(HEAD + b"Content-Length: 50\r\n")
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as quick:
            quick.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
            assert answer(quick)[0] == 200
        for connection in slow:
            connection.settimeout(PATIENCE_S)
            assert everything(connection).startswith(b"HTTP/1.1 408")
            connection.close()

    def test_one_that_is_idle_after_its_answer_is_let_go(self, connection: socket.socket) -> None:
        connection.sendall(GET + b"\r\n")
        assert answer(connection)[0] == 200
        assert connection.recv(1) == b""


class TestBadRequests:
    def test_what_is_not_http(self, connection: socket.socket) -> None:
        connection.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
        refusal(connection, 400, "bad_request")

    def test_headers_that_are_too_large(self, connection: socket.socket) -> None:
        connection.sendall(GET + b"X-Large: " + b"a" * (MAX_HEADERS + 1000))
        refusal(connection, 431, "headers_too_large")

    def test_a_path_that_is_too_long(self, connection: socket.socket) -> None:
        connection.sendall(b"GET /" + b"a" * (MAX_HEADERS + 1000))
        refusal(connection, 431, "headers_too_large")

    def test_a_null_in_the_path(self, connection: socket.socket) -> None:
        connection.sendall(b"GET /api/v1/reviews/\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        refusal(connection, 400, "bad_request")

    @pytest.mark.parametrize("length", [b"-1", b"1, 2", b"x"])
    def test_a_length_that_is_none(self, connection: socket.socket, length: bytes) -> None:
        connection.sendall(HEAD + b"Content-Length: " + length + b"\r\n\r\n")
        refusal(connection, 400, "bad_request")

    def test_two_lengths(self, connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n")
        refusal(connection, 400, "bad_request")

    def test_a_chunk_that_is_none(self, connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nnot a number\r\n")
        assert answer(connection)[0] == 400

    def test_a_body_larger_than_is_taken_is_not_waited_for(self, connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 99999999999\r\n\r\n" + b" " * 100)
        refusal(connection, 413, "too_large")

    def test_chunks_that_are_more_than_is_taken(self, connection: socket.socket) -> None:
        connection.sendall(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + 9 * (b"200\r\n" + b" " * 512 + b"\r\n")
        )
        refusal(connection, 413, "too_large")

    def test_a_client_that_asks_first_is_told_before_it_sends_its_body(
        self, connection: socket.socket
    ) -> None:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 99999\r\n\r\n")
        refusal(connection, 413, "too_large")

    def test_a_client_that_asks_first_is_told_to_go_on(self, connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(BODY)
        assert answer(connection)[0] == 200


class TestConnections:
    def test_a_refusal_before_the_body_is_read_keeps_the_connection(
        self, connection: socket.socket
    ) -> None:
        connection.sendall(
            HEAD.replace(b"json", b"xml") + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
        )
        status, headers, _ = answer(connection)
        assert (status, "connection" in headers) == (415, False)
        connection.sendall(GET + b"\r\n")
        assert answer(connection)[0] == 200

    def test_requests_sent_at_once_are_answered_in_order(self, connection: socket.socket) -> None:
        connection.sendall(
            GET + b"\r\n" + b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )
        received = everything(connection)
        assert received.count(b"HTTP/1.1 ") == 2
        assert received.index(b"HTTP/1.1 200") < received.index(b"HTTP/1.1 404")

    def test_a_client_that_goes_away_is_no_error(
        self, port: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
            connection.sendall(HEAD + b"Content-Length: 50\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
            connection.sendall(GET + b"\r\n")
            assert answer(connection)[0] == 200
        assert not [
            record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}
        ]

    def test_more_connections_than_are_taken_are_refused_until_there_is_room(
        self, tmp_path: Path
    ) -> None:
        with serving(tmp_path, max_connections=3) as port:
            address = ("127.0.0.1", port)
            held = [socket.create_connection(address, PATIENCE_S) for _ in range(3)]
            for connection in held:
                connection.sendall(GET + b"\r\n")
                assert answer(connection)[0] == 200
            with socket.create_connection(address, PATIENCE_S) as one_too_many:
                refusal(one_too_many, 503, "overloaded")
            for connection in held:
                connection.close()

            def taken() -> bool:
                with socket.create_connection(address, PATIENCE_S) as connection:
                    connection.sendall(GET + b"\r\n")
                    return answer(connection)[0] == 200

            wait_for("room for another connection", taken)
