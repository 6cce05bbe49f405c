"""An app, its settings and a client for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from infra.settings import Settings
from streams.gateway.gateway_parts import Parts
from tests.unit.streams.gateway.inside import app_of, settings_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path, max_body_bytes=20_000)


@pytest.fixture(scope="package")
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
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000"
    ) as client:
        yield client
