"""Who may call what, and how much of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from infra.settings import Settings
from schemas.errors import ConfigurationError
from streams.gateway.core.api_keys import Scope, generate
from streams.gateway.gateway_process import build_gate
from tests.unit.streams.gateway.inside import (
    ENGLISH,
    PREDICT,
    app_of,
    client_of,
    keep,
    problem,
    settings_of,
)


class TestKeys:
    async def test_each_path_asks_for_its_scope(self, settings: Settings) -> None:
        keys = {
            scope: generate("shop", frozenset({scope}), datetime.now(UTC), None) for scope in Scope
        }
        keep(settings, *(entry for _, entry in keys.values()))
        paths = {
            Scope.PREDICT: [("POST", PREDICT)],
            Scope.WRITE: [("POST", "/api/v1/reviews"), ("POST", "/api/v1/feedback")],
            Scope.READ: [
                ("GET", "/api/v1/reviews/r"),
                ("GET", "/api/v1/models"),
                ("GET", "/api/v1/analytics/sentiment"),
            ],
        }
        async with client_of(app_of(settings)) as client:
            for needed, requests in paths.items():
                for method, path in requests:
                    problem(await client.request(method, path), 401, "unauthenticated")
                    for scope, (key, _) in keys.items():
                        answer = await client.request(
                            method, path, headers={"Authorization": f"Bearer {key}"}
                        )
                        if scope is needed:
                            assert answer.status_code not in {401, 403}
                        else:
                            assert needed in problem(answer, 403, "forbidden")["detail"]

    async def test_both_headers_are_taken_and_a_wrong_one_is_refused(
        self, settings: Settings
    ) -> None:
        key, entry = generate("shop", frozenset(Scope), datetime.now(UTC), None)
        keep(settings, entry)
        async with client_of(app_of(settings)) as client:
            for right in (
                {"X-API-Key": key},
                {"Authorization": f"Bearer {key}"},
                {"authorization": f"bearer  {key}"},
            ):
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
            assert (await client.get("/api/v1/models")).status_code == 200, (
                "open, as there is no key"
            )
            keep(settings, entry)
            problem(await client.get("/api/v1/models"), 401, "unauthenticated")
            assert (
                await client.get("/api/v1/models", headers={"X-API-Key": key})
            ).status_code == 200
            keep(settings, entry.model_copy(update={"revoked_at": datetime.now(UTC)}))
            answer = await client.get("/api/v1/models", headers={"X-API-Key": key})
            assert problem(answer, 401, "unauthenticated")["detail"] == "the key is revoked"

    async def test_guessing_is_slowed_down_and_a_valid_key_is_not(self, settings: Settings) -> None:
        key, entry = generate("shop", frozenset(Scope), datetime.now(UTC), None)
        keep(settings, entry)
        async with client_of(app_of(settings)) as client:
            answers = [
                await client.get("/api/v1/models", headers={"X-API-Key": f"guess-{n}"})
                for n in range(40)
            ]
            assert answers[0].status_code == 401
            problem(answers[-1], 429, "rate_limited")
            assert (
                await client.get("/api/v1/models", headers={"X-API-Key": key})
            ).status_code == 200

    async def test_documentation_and_health_need_no_key(self, settings: Settings) -> None:
        keep(settings, generate("shop", frozenset(Scope), datetime.now(UTC), None)[1])
        async with client_of(app_of(settings)) as client:
            for path in (
                "/health/live",
                "/health/ready",
                "/docs",
                "/openapi.json",
                "/docs/start.js",
            ):
                assert (await client.get(path)).status_code == 200

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gateway.example.org"])
    def test_without_keys_no_other_address_than_this_machines_own_is_listened_on(
        self, tmp_path: Path, host: str
    ) -> None:
        with pytest.raises(ConfigurationError, match="undertone keys new"):
            build_gate(settings_of(tmp_path, host=host).gateway)
        keyed = settings_of(tmp_path, host=host)
        keep(keyed, generate("shop", frozenset(Scope), datetime.now(UTC), None)[1])
        build_gate(keyed.gateway)

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
    def test_without_keys_this_machine_is_served(self, tmp_path: Path, host: str) -> None:
        assert build_gate(settings_of(tmp_path, host=host).gateway).open

    async def test_an_open_gateway_answers_under_its_own_names_only(
        self, client: httpx.AsyncClient
    ) -> None:
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""):
            problem(await client.get("/api/v1/models", headers={"Host": host}), 421, "wrong_host")
        for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
            assert (await client.get("/api/v1/models", headers={"Host": host})).status_code == 200

    @pytest.mark.parametrize(
        "header",
        [
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "Forwarded",
            "Via",
            "X-Real-IP",
            "CF-Connecting-IP",
        ],
    )
    async def test_an_open_gateway_behind_a_proxy_refuses(
        self, client: httpx.AsyncClient, header: str
    ) -> None:
        answer = await client.post(PREDICT, json={"text": ENGLISH}, headers={header: "192.0.2.1"})
        assert header.lower() in problem(answer, 403, "behind_proxy")["detail"]

    async def test_a_gateway_with_keys_may_stand_behind_a_proxy(self, settings: Settings) -> None:
        key, entry = generate("shop", frozenset(Scope), datetime.now(UTC), None)
        keep(settings, entry)
        headers = {
            "X-API-Key": key,
            "X-Forwarded-For": "192.0.2.1",
            "Host": "gateway.example.org",
            "Origin": "https://example.org",
        }
        async with client_of(app_of(settings)) as client:
            assert (await client.get("/api/v1/models", headers=headers)).status_code == 200

    async def test_an_open_gateway_answers_its_own_pages_only(
        self, client: httpx.AsyncClient
    ) -> None:
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:8123"},
        ):
            problem(
                await client.post(PREDICT, json={"text": ENGLISH}, headers=headers),
                403,
                "foreign_page",
            )
        for site in ("cross-site", "same-site"):
            problem(
                await client.get("/api/v1/models", headers={"Sec-Fetch-Site": site}),
                403,
                "foreign_page",
            )
        own = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
        assert (await client.post(PREDICT, json={"text": ENGLISH}, headers=own)).status_code == 200


class TestRates:
    async def test_reviews_are_counted_not_requests(self, tmp_path: Path) -> None:
        async with client_of(app_of(settings_of(tmp_path, rate_per_s=0.001, burst=256))) as client:
            answer = await client.post(PREDICT, json={"reviews": [{"text": ENGLISH}] * 200})
            assert answer.headers["ratelimit"].startswith('"reviews";r=56;')
            answer = await client.post(PREDICT, json={"reviews": [{"text": ENGLISH}] * 200})
            problem(answer, 429, "rate_limited")
            assert int(answer.headers["retry-after"]) > 0
            assert (await client.post(PREDICT, json={"text": ENGLISH})).status_code == 200

    async def test_a_long_review_counts_as_several(self, tmp_path: Path) -> None:
        async with client_of(app_of(settings_of(tmp_path, rate_per_s=0.001, burst=256))) as client:
            answer = await client.post(PREDICT, json={"text": ENGLISH * 1000})
            assert answer.headers["ratelimit"].startswith(
                f'"reviews";r={256 - -(-len(ENGLISH) * 1000 // 10_000)};'
            )
            answer = await client.post(
                PREDICT, json={"reviews": [{"text": "a"}, {"text": ENGLISH * 1000}]}
            )
            assert answer.headers["ratelimit"].startswith(
                f'"reviews";r={256 - 2 * -(-len(ENGLISH) * 1000 // 10_000) - 1};'
            )

    async def test_callers_with_keys_do_not_share(self, tmp_path: Path) -> None:
        settings = settings_of(tmp_path, rate_per_s=0.001, burst=256)
        keys = [generate("shop", frozenset(Scope), datetime.now(UTC), None) for _ in range(2)]
        keep(settings, *(entry for _, entry in keys))
        async with client_of(app_of(settings)) as client:
            statuses = [
                (
                    await client.post(
                        PREDICT,
                        json={"reviews": [{"text": ENGLISH}] * 200},
                        headers={"X-API-Key": key},
                    )
                ).status_code
                for key, _ in (keys[0], keys[0], keys[1])
            ]
        assert statuses == [200, 429, 200]
