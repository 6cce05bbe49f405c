"""ClickHouse as a target of the sink."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from infra.migrations import migrate
from infra.retry import Retry
from infra.settings import Settings
from infra.sinks.port import Sink, Tables
from infra.warehouse import connect


@contextmanager
def opened(settings: Settings, tables: Tables, retry: Retry) -> Iterator[Sink]:
    """Migrate the database and yield a connection to it. Its tables are those of the migrations."""
    with connect(settings.clickhouse) as warehouse:
        retry(migrate, warehouse, settings.clickhouse.database)
        yield warehouse
