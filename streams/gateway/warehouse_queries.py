"""ClickHouse queries of concurrent requests: a few threads with a connection each, behind a short
queue.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect
from infra.warehouse.refusals import UNKNOWN_DATABASE, UNKNOWN_TABLE
from schemas.errors import QueryError
from streams.gateway.core.problems import Problem

THREADS: Final = 4
MAX_WAITING: Final = 64


class Reader:
    """``await reader(sql, parameters)`` gives rows. Nothing connects before the first question."""

    def __init__(self, settings: ClickHouseSettings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="clickhouse")
        self._own = threading.local()
        self._connections: list[Warehouse] = []
        self._asked = 0

    async def __call__(
        self, sql: str, parameters: Mapping[str, object]
    ) -> list[tuple[object, ...]]:
        """Raises ``Problem`` (overloaded) where too many wait, (unavailable) before the sink has
        created the tables; ``WarehouseUnavailable``."""
        if self._asked >= MAX_WAITING:
            raise Problem("overloaded", f"{self._asked} queries are already waiting for ClickHouse")
        self._asked += 1
        asked = asyncio.get_running_loop().run_in_executor(self._pool, self._ask, sql, parameters)
        asked.add_done_callback(self._answered)
        try:
            return await asked
        except QueryError as error:
            if error.code not in {UNKNOWN_DATABASE, UNKNOWN_TABLE}:
                raise
            raise Problem(
                "unavailable", "no reviews are stored yet: is undertone sink running?"
            ) from None

    def close(self) -> None:
        """Give the connections back, when what is being asked is answered."""
        self._pool.shutdown(cancel_futures=True)
        for connection in self._connections:
            connection.close()

    def _ask(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[object, ...]]:
        if not hasattr(self._own, "warehouse"):
            self._own.warehouse = connect(self._settings)
            self._connections.append(self._own.warehouse)
        warehouse: Warehouse = self._own.warehouse
        return warehouse.query(sql, parameters)

    def _answered(self, asked: asyncio.Future[list[tuple[object, ...]]]) -> None:
        self._asked -= 1
        if not asked.cancelled():
            asked.exception()  # whoever asked may have gone: then nobody else looks at it
