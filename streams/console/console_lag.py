"""Lag of workers and sink for the console, polled in a thread because a broker that is down blocks
for seconds.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from infra.kafka.admin import Admin
from infra.kafka.reachable import check_reachable
from infra.settings import KafkaSettings
from schemas.topics import REVIEWS_RAW, REVIEWS_SCORED

GROUPS: Final = {"worker": REVIEWS_RAW.name, "sink": REVIEWS_SCORED.name}
"""Consumer group → the topic that it works off."""


class Lag:
    """``await lag()`` gives records not worked off yet, by group. Nothing connects before the first
    question.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lag")
        self._admin: Admin | None = None

    async def __call__(self) -> dict[str, int]:
        """Raises ``BrokerUnavailable``."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._ask)

    def _ask(self) -> dict[str, int]:
        if self._admin is None:
            check_reachable(self._settings)
            self._admin = Admin(self._settings)
        return {
            group: sum(self._admin.lag(group, topic).values()) for group, topic in GROUPS.items()
        }
