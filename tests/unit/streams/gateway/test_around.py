"""What every answer has around it, and what needs no key."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import httpx
import pytest

from infra.settings import Settings
from streams.gateway.core.api_keys import Scope, generate
from tests.unit.streams.gateway.inside import (
    ENGLISH,
    GERMAN,
    PREDICT,
    SECRET,
    app_of,
    client_of,
    keep,
    problem,
)


class TestAround:
    async def test_every_answer_has_security_headers_and_a_request_id(
        self, client: httpx.AsyncClient
    ) -> None:
        for path in ("/", "/docs", "/nothing", "/api/v1/models", "/health/live"):
            headers = (await client.get(path)).headers
            assert "script-src 'self'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert len(headers["x-request-id"]) == 32
            assert "access-control-allow-origin" not in headers

    async def test_a_request_id_is_kept_if_it_is_one(self, client: httpx.AsyncClient) -> None:
        for given, kept in (
            ("abc-1.2_3", True),
            ("a b", False),
            ("x" * 65, False),
            ('"><script>', False),
        ):
            told = (await client.get("/health/live", headers={"X-Request-ID": given})).headers[
                "x-request-id"
            ]
            assert (told == given) == kept

    async def test_each_call_is_audited_without_what_it_said(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        key, entry = generate("shop", frozenset(Scope), datetime.now(UTC), None)
        keep(settings, entry)
        caplog.set_level(logging.WARNING, "httpx")  # the test's own client
        caplog.set_level(logging.INFO)
        async with client_of(
            app_of(settings), **{"X-API-Key": key, "X-Request-ID": "r-1"}
        ) as client:
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
        lines = [
            json.loads(record.getMessage())
            for record in caplog.records
            if record.name == "undertone.audit"
        ]
        assert [(line["path"], line["status"]) for line in lines] == [
            (PREDICT, 200), (PREDICT, 422), (PREDICT, 422), (PREDICT, 413),
            ("/api/v1/reviews/{review_id}", 503),
            ("unmatched", 404),
        ]  # fmt: skip
        assert {(line["key"], line["client"], line["request_id"]) for line in lines[:5]} == {
            (entry.key_id, "shop", "r-1")
        }
        assert set(lines[0]) == {
            "key",
            "client",
            "method",
            "path",
            "status",
            "bytes_in",
            "bytes_out",
            "ms",
            "request_id",
        }
        assert lines[0]["bytes_in"] > len(ENGLISH)
        assert SECRET not in caplog.text
        assert key not in caplog.text

    async def test_the_documentation_comes_from_here_and_names_nothing_elsewhere(
        self, client: httpx.AsyncClient
    ) -> None:
        page = (await client.get("/docs")).text
        assert "http" not in page.replace('charset="utf-8"', "")
        for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js", "favicon-32x32.png"):
            assert name in page or name == "start.js"
            assert (await client.get(f"/docs/{name}")).status_code == 200
        assert 'href="docs"' in (await client.get("/")).text

    async def test_what_can_be_got_can_be_asked_for_without_its_body(
        self, client: httpx.AsyncClient
    ) -> None:
        for path in ("/", "/health/live", "/health/ready", "/docs", "/console/app.js"):
            got, head = await client.get(path), await client.head(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == got.headers["content-length"]

    async def test_health_is_what_it_says(self, settings: Settings) -> None:
        app = app_of(settings)
        async with client_of(app) as client:
            assert (await client.get("/health/ready")).json() == {"ready": True}
            app.state.parts.health.set_ready(False)
            problem(await client.get("/health/ready"), 503, "unavailable")
            assert (await client.get("/health/live")).json() == {"live": True}

    async def test_which_model_serves_what(self, client: httpx.AsyncClient) -> None:
        champion = {
            "variant": "champion",
            "model_name": "m",
            "model_version": "1",
            "share": 1.0,
            "shadow": False,
        }
        assert (await client.get("/api/v1/models")).json() == {
            "languages": [{"language": "en", "variants": [champion]}],
            "fallback": "en",
        }
