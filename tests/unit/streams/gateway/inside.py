"""The gateway's app inside the test: the real stages, a model that needs no file, and servers that
are not there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from infra.health import Health
from infra.schema_registry import SchemaRegistry
from infra.settings import (
    ClickHouseSettings,
    GatewaySettings,
    KafkaSettings,
    PrivacySettings,
    SchemaRegistrySettings,
    Settings,
)
from models.aspects.extractor import AspectExtractor
from streams.composition import build_masker
from streams.gateway.api_key_file import change
from streams.gateway.core.api_keys import KeyEntry
from streams.gateway.gateway_app import build_app
from streams.gateway.gateway_process import build_gate, build_parts
from streams.pipeline import Pipeline
from streams.router.core.live_models import initial
from streams.router.core.shadows import Shadows
from streams.stages.aspects import AspectStage
from streams.stages.language import LanguageIdentifier
from tests.unit.models.aspects.fakes import Categories, tagger
from tests.unit.streams.router.scorers import Opinion

MASK = build_masker(PrivacySettings(level="patterns"))
PREDICT = "/api/v1/predict"
ENGLISH = (
    "This film was a pleasant surprise, and I would happily watch it again with all of my friends."
)
GERMAN = "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal sehen."
SECRET = "the-secret-of-the-review"
NOBODY = 1
"""A port that nobody listens on."""


def settings_of(folder: Path, **gateway: object) -> Settings:
    """Settings with keys in ``folder``, and no server anywhere."""
    return Settings(
        gateway=GatewaySettings.model_validate({"keys_file": folder / "keys.json"} | gateway),
        kafka=KafkaSettings(bootstrap_servers=f"127.0.0.1:{NOBODY}"),
        schema_registry=SchemaRegistrySettings(url=f"http://127.0.0.1:{NOBODY}"),
        clickhouse=ClickHouseSettings(url=SecretStr(f"http://127.0.0.1:{NOBODY}")),
    )


def app_of(settings: Settings, model: Opinion | None = None) -> FastAPI:
    """The app; its model finds everything in English positive."""
    live = initial([("models/1", model or Opinion("m", "1"))], unserved=False)
    health = Health()
    health.set_ready()
    pipeline = Pipeline(
        find_schema=lambda *_: None,
        languages=LanguageIdentifier(min_confidence=0.65),
        supported=frozenset(),
        mask=MASK,
        live=lambda: live,
        shadows=Shadows(lambda *_: None),
        author_secret=b"",
        timer=lambda _: nullcontext(),
        aspects=AspectStage(None, lambda _: AspectExtractor(tagger, Categories())),
    )
    registry = SchemaRegistry(settings.schema_registry)
    return build_app(
        build_parts(
            settings, build_gate(settings.gateway), lambda: live, pipeline, registry, health
        )
    )


@asynccontextmanager
async def client_of(app: FastAPI, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running app."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8000", headers=headers
        ) as client,
    ):
        yield client


def keep(settings: Settings, *entries: KeyEntry) -> None:
    """Write the keys' file."""
    change(settings.gateway.keys_file, lambda _: entries)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Checks that an answer is that problem, and gives it."""
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    ), answer.text
    document: dict[str, Any] = answer.json()
    assert document["code"] == code
    assert document["type"] == f"urn:undertone:problem:{code}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document
