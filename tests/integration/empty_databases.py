"""An empty database on a current ClickHouse engine, and a copy of the migrations to change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra import migrations
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect


@pytest.fixture
def database() -> str:
    return f"migrations_{uuid4().hex}"


@pytest.fixture
def empty(local_clickhouse: str, database: str) -> Iterator[Warehouse]:
    with connect(
        ClickHouseSettings(url=SecretStr(local_clickhouse), database=database)
    ) as warehouse:
        yield warehouse
        warehouse.create_database()
        warehouse.execute(f"DROP DATABASE {database}")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(migrations.FOLDER, tmp_path / "migrations"))
