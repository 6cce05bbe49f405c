"""Every request that is not as it should be gets a problem that says what is wrong, and nothing of
what was sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from infra.settings import Settings
from tests.unit.streams.gateway.inside import (
    ENGLISH,
    PREDICT,
    SECRET,
    app_of,
    client_of,
    problem,
    settings_of,
)


class TestRefusals:
    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/xml",
            "application/json; charset=latin-1",
            "json",
        ],
    )
    async def test_a_body_that_is_not_declared_as_json_is_not_read(
        self, client: httpx.AsyncClient, content_type: str
    ) -> None:
        headers = {"Content-Type": content_type} if content_type else {}
        problem(
            await client.post(PREDICT, content=b'{"text": "a"}', headers=headers),
            415,
            "unsupported_media_type",
        )

    async def test_a_compressed_body_is_not_read(self, client: httpx.AsyncClient) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        problem(
            await client.post(PREDICT, content=b"x", headers=headers), 415, "unsupported_media_type"
        )

    async def test_a_body_that_is_too_large_is_refused_declared_or_not(
        self, client: httpx.AsyncClient
    ) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(30):
                yield b" " * 1000

        headers = {"Content-Type": "application/json"}
        problem(
            await client.post(PREDICT, content=b" " * 20_001, headers=headers), 413, "too_large"
        )
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
            (
                "GET",
                "/api/v1/analytics/sentiment?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
                422,
                "bad_request_form",
            ),
            (
                "GET",
                "/api/v1/analytics/sentiment?from=0001-01-01T00:00:00%2B14:00",
                422,
                "bad_request_form",
            ),
            ("GET", "/api/v1/analytics/sentiment", 503, "unavailable"),
            ("GET", "/api/v1/reviews/r1", 503, "unavailable"),
        ],
    )
    async def test_every_refusal_is_a_problem(
        self, client: httpx.AsyncClient, method: str, path: str, status: int, code: str
    ) -> None:
        problem(await client.request(method, path), status, code)

    async def test_a_method_that_is_not_for_the_path_is_told_which_is(
        self, client: httpx.AsyncClient
    ) -> None:
        assert (await client.get(PREDICT)).headers["allow"] == "POST"

    async def test_without_kafka_what_needs_it_is_refused_and_can_be_tried_again(
        self, client: httpx.AsyncClient
    ) -> None:
        for path, body in (
            ("/reviews", {"text": ENGLISH}),
            ("/feedback", {"review_id": "r", "label": "positive"}),
        ):
            for _ in range(2):
                answer = await client.post(
                    f"/api/v1{path}", json=body, headers={"Idempotency-Key": "k"}
                )
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

    async def test_more_requests_at_once_than_are_taken_are_refused_but_for_health(
        self, tmp_path: Path
    ) -> None:
        app = app_of(settings_of(tmp_path, max_requests=1))

        @app.get("/nested")
        async def nested() -> dict[str, int]:
            return {
                path: (await client.get(path)).status_code
                for path in ("/openapi.json", "/health/live")
            }

        async with client_of(app) as client:
            assert (await client.get("/nested")).json() == {
                "/openapi.json": 503,
                "/health/live": 200,
            }
            assert (await client.get("/openapi.json")).status_code == 200
