"""A registry that is away is waited for; one that answers is believed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest

from infra.schema_registry import SchemaRegistry
from infra.settings import SchemaRegistrySettings
from schemas import avro_files
from schemas.errors import RegistryRefused, RegistryUnavailable, SchemaError
from schemas.topics import REVIEWS_SCORED

TOPIC = "reviews.raw"
DEEP = '{"type":"array","items":' * 5000 + '"null"' + "}" * 5000


@contextmanager
def registry(answer: Callable[[str], tuple[int, bytes]]) -> Iterator[tuple[SchemaRegistry, list[str]]]:
    """A registry that answers as ``answer`` says of a path, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = SchemaRegistry(SchemaRegistrySettings(url=f"http://127.0.0.1:{server.server_port}", timeout_s=2))
        try:
            yield found, asked
        finally:
            found.close()
            server.shutdown()


def refused(status: int, code: int | None = None) -> tuple[int, bytes]:
    return status, orjson.dumps({"error_code": code or status, "message": "no"})


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_registry_that_refuses_the_credentials_is_not_away(status: int) -> None:
    with registry(lambda _: refused(status)) as (found, asked):
        for ask in (lambda: found.find(1, TOPIC), lambda: found.register(REVIEWS_SCORED)):
            with pytest.raises(RegistryRefused, match=str(status)):
                ask()
        assert len(asked) == len(set(asked)) == 3  # the third: whether it refuses everything


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("body", [refused(403)[1], b"[" * 50_000])
def test_what_a_registry_refuses_about_one_id_alone_is_about_the_record_that_named_it(known: bool, body: bytes) -> None:
    status = 403 if body.startswith(b"{") else 200

    def answer(path: str) -> tuple[int, bytes]:
        if path.startswith("/schemas/ids/7"):
            return status, body
        if path.startswith("/subjects"):
            return (403, body) if known else (200, b"[]")
        return 200, orjson.dumps([f"{TOPIC}-value"] if "/subjects" in path else {"schema": avro_files.versions("Review")[-1]})

    with registry(answer) as (found, asked):
        if known:
            assert found.find(3, TOPIC) is not None
        for _ in range(2):
            with pytest.raises(SchemaError, match="schema id 7"):
                found.find(7, TOPIC)
        assert len([path for path in asked if path.startswith("/schemas/ids/7")]) == 1


def test_an_id_that_no_registry_gives_is_unknown_and_not_asked_for() -> None:
    with registry(lambda _: refused(400)) as (found, asked):
        assert found.find(4_000_000_000, TOPIC) is None
        assert asked == []


def test_an_id_that_the_registry_does_not_know_is_not_asked_for_twice() -> None:
    with registry(lambda _: refused(404, 40403)) as (found, asked):
        assert found.find(7, TOPIC) is None
        assert found.find(7, TOPIC) is None
        assert len(asked) == 1


def test_a_path_that_nobody_serves_says_nothing_about_a_schema() -> None:
    with registry(lambda _: refused(404)) as (found, _), pytest.raises(RegistryUnavailable, match="404"):
        found.find(7, TOPIC)


@pytest.mark.parametrize(("status", "error"), [(409, SchemaError), (422, SchemaError), (403, RegistryRefused)])
def test_a_schema_that_is_not_taken_is_not_offered_for_ever(status: int, error: type[Exception]) -> None:
    with registry(lambda _: refused(status)) as (found, _), pytest.raises(error):
        found.register(REVIEWS_SCORED)


def test_a_schema_nested_deeper_than_anybody_can_read_is_refused() -> None:
    answers = iter([(200, orjson.dumps([f"{TOPIC}-value"])), (200, orjson.dumps({"schema": DEEP}))])
    with registry(lambda _: next(answers)) as (found, _), pytest.raises(SchemaError):
        found.find(7, TOPIC)


def test_a_registry_that_cannot_be_reached_is_away() -> None:
    gone = SchemaRegistry(SchemaRegistrySettings(url="http://127.0.0.1:9", timeout_s=0.2))
    with pytest.raises(RegistryUnavailable):
        gone.find(1, TOPIC)
    gone.close()


def test_a_schema_is_found_and_asked_for_once() -> None:
    text = avro_files.versions("Review")[-1]
    answers = iter([(200, orjson.dumps([f"{TOPIC}-value"])), (200, orjson.dumps({"schema": text}))])
    with registry(lambda _: next(answers)) as (found, asked):
        assert found.find(3, TOPIC) == found.find(3, TOPIC) == avro_files.current("Review")
        assert len(asked) == 2
