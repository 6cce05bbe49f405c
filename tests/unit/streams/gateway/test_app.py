"""What the gateway answers to requests that are right, and to all kinds that are not."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from infra.settings import Settings
from schemas.errors import ConfigurationError
from streams.gateway.keys import Scope, generate
from streams.gateway.main import build_gate
from streams.gateway.parts import Parts
from tests.unit.streams.gateway.inside import app_of, client_of, keep, settings_of
from tests.unit.streams.traffic.scorers import Opinion

PREDICT = "/api/v1/predict"
ENGLISH = "This film was a pleasant surprise, and I would happily watch it again with all of my friends."
GERMAN = "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal sehen."
SECRET = "the-secret-of-the-review"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path, max_body_bytes=20_000)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """One app for all tests that change nothing in it."""
    app = app_of(settings_of(tmp_path_factory.mktemp("gateway"), max_body_bytes=20_000))
    parts: Parts = app.state.parts
    parts.score.start()
    parts.publish.start()
    yield app
    parts.score.close()
    parts.publish.close()
    parts.reader.close()


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
        yield client


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Checks that an answer is that problem, and gives it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    document: dict[str, Any] = answer.json()
    assert document["code"] == code
    assert document["type"] == f"urn:undertone:problem:{code}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


class TestPredict:
    async def test_one_review_is_masked_and_judged(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(PREDICT, json={"text": f"{ENGLISH} Mail jane@example.org!", "review_id": "r1"})
        assert answer.status_code == 200
        told = answer.json()
        assert told.pop("language_confidence") > 0.9
        assert told.pop("score") == pytest.approx(0.9)
        assert told.pop("confidence") == pytest.approx(0.9)
        assert told == {
            "review_id": "r1",
            "sentiment": "positive",
            "text_masked": f"{ENGLISH} Mail <EMAIL_ADDRESS>!",
            "language": "en",
            "pii": {"EMAIL_ADDRESS": 1},
            "model_name": "m",
            "model_version": "1",
            "variant": "champion",
        }

    async def test_a_review_without_an_id_gets_one(self, client: httpx.AsyncClient) -> None:
        first, second = [(await client.post(PREDICT, json={"text": ENGLISH})).json()["review_id"] for _ in range(2)]
        assert first != second

    async def test_several_are_answered_one_by_one_in_order(self, client: httpx.AsyncClient) -> None:
        reviews = [
            {"text": ENGLISH, "review_id": "a"},
            {"text": GERMAN, "review_id": "b"},
            {"text": "<p> </p>", "review_id": "c"},
            {"text": 5, "review_id": "d"},
            {"text": "", "review_id": "e"},
            {"review_id": "f"},
            {"text": ENGLISH, "review_id": "g", "created_at": "yesterday"},
            {"text": ENGLISH, "review_id": "h", "mistake": 1},
            {"text": ENGLISH, "review_id": "i"},
        ]
        answer = await client.post(PREDICT, json={"reviews": reviews})
        assert answer.status_code == 200
        told = answer.json()["reviews"]
        assert [review["review_id"] for review in told] == list("abcdefghi")
        assert [review.get("sentiment") or review["problem"]["code"] for review in told] == [
            "positive", "unsupported_language", "empty_text", "bad_schema", "empty_text",
            "bad_schema", "bad_schema", "bad_schema", "positive",
        ]  # fmt: skip

    async def test_a_single_review_that_is_rejected_is_a_problem_with_the_reason_of_a_dead_letter(
        self, client: httpx.AsyncClient
    ) -> None:
        assert problem(await client.post(PREDICT, json={"text": GERMAN}), 422, "unsupported_language")["detail"] == "de"
        problem(await client.post(PREDICT, json={"text": "<p> </p>"}), 422, "empty_text")
        problem(await client.post(PREDICT, json={"text": ""}), 422, "empty_text")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "#/text"),
            ({"text": 1}, "#/text"),
            ({"text": ENGLISH, "rating": "4"}, "#/rating"),
            ({"text": ENGLISH, "rating": True}, "#/rating"),
            ({"text": ENGLISH, "review_id": ""}, "#/review_id"),
            ({"text": ENGLISH, "review_id": "a\0b"}, "#/review_id"),
            ({"text": ENGLISH, "a/b~c": 1}, "#/a~1b~0c"),
            ({"reviews": []}, "#/reviews"),
            ({"reviews": [{"text": "a"}] * 257}, "#/reviews"),
            ({"reviews": {"text": ENGLISH}}, "#/reviews"),
            ([], "#"),
            ("text", "#"),
            (None, "#"),
        ],
    )
    async def test_what_is_wrong_with_a_request_is_pointed_at(self, client: httpx.AsyncClient, body: Any, pointer: str) -> None:
        answer = await client.post(PREDICT, content=json.dumps(body), headers={"Content-Type": "application/json"})
        told = problem(answer, 422, "bad_request_form")
        assert pointer in {error["pointer"] for error in told["errors"]}

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"{", id="cut off"),
            pytest.param(b"", id="empty"),
            pytest.param(b"\xff\xfe{", id="not UTF-8"),
            pytest.param(b'{"text": "\xff"}', id="not UTF-8 inside"),
            pytest.param(b"[" * 5000, id="deep"),
            pytest.param(b'{"text": NaN}', id="not a number"),
            pytest.param(b'{"rating": ' + b"9" * 5000 + b"}", id="a long number"),
        ],
    )
    async def test_what_is_not_json_is_refused(self, client: httpx.AsyncClient, body: bytes) -> None:
        answer = await client.post(PREDICT, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}
        problem(answer, answer.status_code, answer.json()["code"])

    async def test_a_half_of_a_character_is_refused_wherever_it_is(self, client: httpx.AsyncClient) -> None:
        headers = {"Content-Type": "application/json"}
        problem(await client.post(PREDICT, content=rb'{"text": "\ud800"}', headers=headers), 422, "bad_request_form")
        problem(await client.post(PREDICT, content=rb'{"text": "a", "\ud800": 1}', headers=headers), 422, "bad_request_form")
        several = await client.post(
            PREDICT, content=rb'{"reviews": [{"text": "\ud800", "review_id": "\ud800"}]}', headers=headers
        )
        assert [(each["review_id"], each["problem"]["code"]) for each in several.json()["reviews"]] == [(None, "bad_schema")]

    async def test_an_engine_that_is_away_is_said(self, settings: Settings) -> None:
        async with client_of(app_of(settings, Opinion("m", "1", away=True))) as client:
            answer = await client.post(PREDICT, json={"text": ENGLISH})
        problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"


class TestRefusals:
    @pytest.mark.parametrize(
        "content_type",
        ["", "text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=latin-1", "json"],
    )
    async def test_a_body_that_is_not_declared_as_json_is_not_read(self, client: httpx.AsyncClient, content_type: str) -> None:
        headers = {"Content-Type": content_type} if content_type else {}
        problem(await client.post(PREDICT, content=b'{"text": "a"}', headers=headers), 415, "unsupported_media_type")

    async def test_a_compressed_body_is_not_read(self, client: httpx.AsyncClient) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        problem(await client.post(PREDICT, content=b"x", headers=headers), 415, "unsupported_media_type")

    async def test_a_body_that_is_too_large_is_refused_declared_or_not(self, client: httpx.AsyncClient) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(30):
                yield b" " * 1000

        headers = {"Content-Type": "application/json"}
        problem(await client.post(PREDICT, content=b" " * 20_001, headers=headers), 413, "too_large")
        problem(await client.post(PREDICT, content=pieces(), headers=headers), 413, "too_large")

    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/nothing", 404, "not_found"),
            ("GET", "/api/v1", 404, "not_found"),
            ("GET", "/api/v1/reviews", 405, "method_not_allowed"),
            ("DELETE", "/api/v1/reviews/r1", 405, "method_not_allowed"),
            ("GET", "/api/v1/predict", 405, "method_not_allowed"),
            ("TRACE", "/api/v1/models", 405, "method_not_allowed"),
            ("GET", "/api/v1/predict/", 404, "not_found"),
            ("GET", "/api/v1/reviews/a%00b", 422, "bad_request_form"),
            ("GET", "/api/v1/reviews/" + "a" * 257, 422, "bad_request_form"),
            ("GET", "/api/v1/reviews/", 422, "bad_request_form"),
            ("GET", "/docs/../../etc/passwd", 404, "not_found"),
            ("GET", "/docs/%2e%2e/%2e%2e/etc/passwd", 404, "not_found"),
            ("GET", "/api/v1/analytics/sentiment?step=1y", 422, "bad_request_form"),
            ("GET", "/api/v1/analytics/sentiment?from=x", 422, "bad_request_form"),
            ("GET", "/api/v1/analytics/sentiment?from=1700000000", 422, "bad_request_form"),
            ("GET", "/api/v1/analytics/sentiment?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422, "bad_request_form"),
            ("GET", "/api/v1/analytics/sentiment?from=0001-01-01T00:00:00%2B14:00", 422, "bad_request_form"),
            ("GET", "/api/v1/analytics/sentiment", 503, "unavailable"),
            ("GET", "/api/v1/reviews/r1", 503, "unavailable"),
        ],
    )
    async def test_every_refusal_is_a_problem(
        self, client: httpx.AsyncClient, method: str, path: str, status: int, code: str
    ) -> None:
        problem(await client.request(method, path), status, code)

    async def test_a_method_that_is_not_for_the_path_is_told_which_is(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(PREDICT)).headers["allow"] == "POST"

    async def test_without_kafka_what_needs_it_is_refused_and_can_be_tried_again(self, client: httpx.AsyncClient) -> None:
        for path, body in (("/reviews", {"text": ENGLISH}), ("/feedback", {"review_id": "r", "label": "positive"})):
            for _ in range(2):
                answer = await client.post(f"/api/v1{path}", json=body, headers={"Idempotency-Key": "k"})
                problem(answer, 503, "unavailable")
                assert answer.headers["retry-after"]

    async def test_what_nobody_foresaw_is_a_problem_and_its_message_is_not_logged(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = app_of(settings)

        @app.get("/broken")
        async def broken() -> None:
            raise RuntimeError(SECRET)

        async with client_of(app) as client:
            answer = await client.get("/broken", headers={"X-Request-ID": "r-1"})
        assert SECRET not in answer.text + caplog.text
        assert problem(answer, 500, "internal")["detail"] == "see request r-1 in the log"
        assert "request r-1 failed: RuntimeError at " in caplog.text

    async def test_more_requests_at_once_than_are_taken_are_refused_but_for_health(self, tmp_path: Path) -> None:
        app = app_of(settings_of(tmp_path, max_requests=1))

        @app.get("/nested")
        async def nested() -> dict[str, int]:
            return {path: (await client.get(path)).status_code for path in ("/openapi.json", "/health/live")}

        async with client_of(app) as client:
            assert (await client.get("/nested")).json() == {"/openapi.json": 503, "/health/live": 200}
            assert (await client.get("/openapi.json")).status_code == 200


class TestKeys:
    async def test_each_path_asks_for_its_scope(self, settings: Settings) -> None:
        keys = {scope: generate("shop", frozenset({scope}), datetime.now(UTC), None) for scope in Scope}
        keep(settings, *(entry for _, entry in keys.values()))
        paths = {
            Scope.PREDICT: [("POST", PREDICT)],
            Scope.WRITE: [("POST", "/api/v1/reviews"), ("POST", "/api/v1/feedback")],
            Scope.READ: [("GET", "/api/v1/reviews/r"), ("GET", "/api/v1/models"), ("GET", "/api/v1/analytics/sentiment")],
        }
        async with client_of(app_of(settings)) as client:
            for needed, requests in paths.items():
                for method, path in requests:
                    problem(await client.request(method, path), 401, "unauthenticated")
                    for scope, (key, _) in keys.items():
                        answer = await client.request(method, path, headers={"Authorization": f"Bearer {key}"})
                        if scope is needed:
                            assert answer.status_code not in {401, 403}
                        else:
                            assert needed in problem(answer, 403, "forbidden")["detail"]

    async def test_both_headers_are_taken_and_a_wrong_one_is_refused(self, settings: Settings) -> None:
        key, entry = generate("shop", frozenset(Scope), datetime.now(UTC), None)
        keep(settings, entry)
        async with client_of(app_of(settings)) as client:
            for right in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}, {"authorization": f"bearer  {key}"}):
                assert (await client.get("/api/v1/models", headers=right)).status_code == 200
            for wrong in (
                {"X-API-Key": key + "x"},
                {"Authorization": f"Basic {key}"},
                {"Authorization": "Bearer"},
                {"Authorization": "Bearer x", "X-API-Key": key},
            ):
                answer = await client.get("/api/v1/models", headers=wrong)
                problem(answer, 401, "unauthenticated")
                assert answer.headers["www-authenticate"].startswith("Bearer")

    async def test_a_key_made_or_revoked_counts_at_once(self, settings: Settings) -> None:
        key, entry = generate("shop", frozenset(Scope), datetime.now(UTC), None)
        async with client_of(app_of(settings)) as client:
            assert (await client.get("/api/v1/models")).status_code == 200, "open, as there is no key"
            keep(settings, entry)
            problem(await client.get("/api/v1/models"), 401, "unauthenticated")
            assert (await client.get("/api/v1/models", headers={"X-API-Key": key})).status_code == 200
            keep(settings, entry.model_copy(update={"revoked_at": datetime.now(UTC)}))
            answer = await client.get("/api/v1/models", headers={"X-API-Key": key})
            assert problem(answer, 401, "unauthenticated")["detail"] == "the key is revoked"

    async def test_guessing_is_slowed_down_and_a_valid_key_is_not(self, settings: Settings) -> None:
        key, entry = generate("shop", frozenset(Scope), datetime.now(UTC), None)
        keep(settings, entry)
        async with client_of(app_of(settings)) as client:
            answers = [await client.get("/api/v1/models", headers={"X-API-Key": f"guess-{n}"}) for n in range(40)]
            assert answers[0].status_code == 401
            problem(answers[-1], 429, "rate_limited")
            assert (await client.get("/api/v1/models", headers={"X-API-Key": key})).status_code == 200

    async def test_documentation_and_health_need_no_key(self, settings: Settings) -> None:
        keep(settings, generate("shop", frozenset(Scope), datetime.now(UTC), None)[1])
        async with client_of(app_of(settings)) as client:
            for path in ("/health/live", "/health/ready", "/docs", "/openapi.json", "/docs/start.js"):
                assert (await client.get(path)).status_code == 200

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gateway.example.org"])
    def test_without_keys_no_other_address_than_this_machines_own_is_listened_on(self, tmp_path: Path, host: str) -> None:
        with pytest.raises(ConfigurationError, match="undertone keys new"):
            build_gate(settings_of(tmp_path, host=host).gateway)
        keyed = settings_of(tmp_path, host=host)
        keep(keyed, generate("shop", frozenset(Scope), datetime.now(UTC), None)[1])
        build_gate(keyed.gateway)

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
    def test_without_keys_this_machine_is_served(self, tmp_path: Path, host: str) -> None:
        assert build_gate(settings_of(tmp_path, host=host).gateway).open

    async def test_an_open_gateway_answers_under_its_own_names_only(self, client: httpx.AsyncClient) -> None:
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""):
            problem(await client.get("/api/v1/models", headers={"Host": host}), 421, "wrong_host")
        for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
            assert (await client.get("/api/v1/models", headers={"Host": host})).status_code == 200


class TestRates:
    async def test_reviews_are_counted_not_requests(self, tmp_path: Path) -> None:
        async with client_of(app_of(settings_of(tmp_path, rate_per_s=0.001, burst=256))) as client:
            answer = await client.post(PREDICT, json={"reviews": [{"text": ENGLISH}] * 200})
            assert answer.headers["ratelimit"].startswith('"reviews";r=56;')
            answer = await client.post(PREDICT, json={"reviews": [{"text": ENGLISH}] * 200})
            problem(answer, 429, "rate_limited")
            assert int(answer.headers["retry-after"]) > 0
            assert (await client.post(PREDICT, json={"text": ENGLISH})).status_code == 200

    async def test_callers_with_keys_do_not_share(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, rate_per_s=0.001, burst=256)
        keys = [generate("shop", frozenset(Scope), datetime.now(UTC), None) for _ in range(2)]
        keep(settings, *(entry for _, entry in keys))
        async with client_of(app_of(settings)) as client:
            statuses = [
                (await client.post(PREDICT, json={"reviews": [{"text": ENGLISH}] * 200}, headers={"X-API-Key": key})).status_code
                for key, _ in (keys[0], keys[0], keys[1])
            ]
        assert statuses == [200, 429, 200]


class TestAround:
    async def test_every_answer_has_security_headers_and_a_request_id(self, client: httpx.AsyncClient) -> None:
        for path in ("/", "/docs", "/nothing", "/api/v1/models", "/health/live"):
            headers = (await client.get(path)).headers
            assert "script-src 'self'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert len(headers["x-request-id"]) == 32
            assert "access-control-allow-origin" not in headers

    async def test_a_request_id_is_kept_if_it_is_one(self, client: httpx.AsyncClient) -> None:
        for given, kept in (("abc-1.2_3", True), ("a b", False), ("x" * 65, False), ('"><script>', False)):
            told = (await client.get("/health/live", headers={"X-Request-ID": given})).headers["x-request-id"]
            assert (told == given) == kept

    async def test_each_call_is_audited_without_what_it_said(self, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
        key, entry = generate("shop", frozenset(Scope), datetime.now(UTC), None)
        keep(settings, entry)
        caplog.set_level(logging.WARNING, "httpx")  # the test's own client
        caplog.set_level(logging.INFO)
        async with client_of(app_of(settings), **{"X-API-Key": key, "X-Request-ID": "r-1"}) as client:
            for body in (
                {"text": f"{ENGLISH} {SECRET}"},
                {"text": GERMAN + SECRET},
                {"text": 1, SECRET: SECRET},
                {"text": SECRET * 5000},
            ):
                await client.post(PREDICT, json=body)
            await client.get(f"/api/v1/reviews/{SECRET}")
            await client.get(f"/{SECRET}")
            await client.get("/health/live")
        lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "undertone.audit"]
        assert [(line["path"], line["status"]) for line in lines] == [
            (PREDICT, 200), (PREDICT, 422), (PREDICT, 422), (PREDICT, 413), ("/api/v1/reviews/{review_id}", 503),
            ("unmatched", 404),
        ]  # fmt: skip
        assert {(line["key"], line["client"], line["request_id"]) for line in lines[:5]} == {(entry.key_id, "shop", "r-1")}
        assert set(lines[0]) == {"key", "client", "method", "path", "status", "bytes_in", "bytes_out", "ms", "request_id"}
        assert lines[0]["bytes_in"] > len(ENGLISH)
        assert SECRET not in caplog.text
        assert key not in caplog.text

    async def test_the_documentation_comes_from_here_and_names_nothing_elsewhere(self, client: httpx.AsyncClient) -> None:
        page = (await client.get("/docs")).text
        assert "http" not in page.replace('charset="utf-8"', "")
        for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js", "favicon-32x32.png"):
            assert name in page or name == "start.js"
            assert (await client.get(f"/docs/{name}")).status_code == 200
        assert (await client.get("/", follow_redirects=True)).text == page

    async def test_health_is_what_it_says(self, settings: Settings) -> None:
        app = app_of(settings)
        async with client_of(app) as client:
            assert (await client.get("/health/ready")).json() == {"ready": True}
            app.state.parts.health.set_ready(False)
            problem(await client.get("/health/ready"), 503, "unavailable")
            assert (await client.get("/health/live")).json() == {"live": True}

    async def test_which_model_serves_what(self, client: httpx.AsyncClient) -> None:
        champion = {"variant": "champion", "model_name": "m", "model_version": "1", "share": 1.0, "shadow": False}
        assert (await client.get("/api/v1/models")).json() == {
            "languages": [{"language": "en", "variants": [champion]}],
            "fallback": "en",
        }
