"""A registry that is away is waited for; one that answers is believed."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest

from infra.schema_registry import SchemaRegistry
from infra.settings import SchemaRegistrySettings
from schemas import avro_files
from schemas.errors import ConfigurationError, RegistryRefused, RegistryUnavailable, SchemaError
from schemas.topics import REVIEWS_SCORED
from tests.servers import certificates

TOPIC = "reviews.raw"
DEEP = '{"type":"array","items":' * 5000 + '"null"' + "}" * 5000


@pytest.fixture(autouse=True)
def _attempts_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client tries a request four times, seconds apart."""
    client = "confluent_kafka.schema_registry._sync.schema_registry_client"
    monkeypatch.setattr(f"{client}.full_jitter", lambda *_: 0.0)


@contextmanager
def registry(
    answer: Callable[[str], tuple[int, bytes]],
    *,
    keystore: Path | None = None,
    ca_file: Path | None = None,
) -> Iterator[tuple[SchemaRegistry, list[str]]]:
    """A registry that answers as ``answer`` says of a path, over TLS where there is a ``keystore``,
    and the paths requested.
    """
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
        if keystore is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(keystore)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"{'http' if keystore is None else 'https'}://127.0.0.1:{server.server_port}"
        found = SchemaRegistry(SchemaRegistrySettings(url=url, timeout_s=2, ca_file=ca_file))
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
def test_what_a_registry_refuses_about_one_id_alone_is_about_the_record_that_named_it(
    known: bool, body: bytes
) -> None:
    status = 403 if body.startswith(b"{") else 200

    def answer(path: str) -> tuple[int, bytes]:
        if path.startswith("/schemas/ids/7"):
            return status, body
        if path.startswith("/subjects"):
            return (403, body) if known else (200, b"[]")
        return 200, orjson.dumps(
            [f"{TOPIC}-value"]
            if "/subjects" in path
            else {"schema": avro_files.versions("Review")[-1]}
        )

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
    with (
        registry(lambda _: refused(404)) as (found, _),
        pytest.raises(RegistryUnavailable, match="404"),
    ):
        found.find(7, TOPIC)


@pytest.mark.parametrize(
    ("status", "error"), [(409, SchemaError), (422, SchemaError), (403, RegistryRefused)]
)
def test_a_schema_that_is_not_taken_is_not_offered_for_ever(
    status: int, error: type[Exception]
) -> None:
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
        assert (
            found.find(3, TOPIC)
            == found.find(3, TOPIC)
            == avro_files.parse(avro_files.versions("Review")[-1])
        )
        assert len(asked) == 2


def test_a_registry_with_a_certificate_of_an_own_authority_needs_the_authoritys_file(
    tmp_path: Path,
) -> None:
    (authority, keystore), (stranger, _) = (
        certificates.make(folder) for folder in (tmp_path, _made(tmp_path / "stranger"))
    )
    with registry(lambda _: (200, b'{"id": 7}'), keystore=keystore, ca_file=authority) as (
        trusting,
        _,
    ):
        assert trusting.register(REVIEWS_SCORED) == 7
    for ca_file in (None, stranger):
        with registry(lambda _: (200, b'{"id": 7}'), keystore=keystore, ca_file=ca_file) as (
            wary,
            asked,
        ):
            with pytest.raises(RegistryUnavailable):
                wary.register(REVIEWS_SCORED)
            assert asked == []


def test_a_file_of_certificates_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="UNDERTONE_SCHEMA_REGISTRY__CA_FILE"):
        SchemaRegistry(SchemaRegistrySettings(ca_file=tmp_path / "none.pem"))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
