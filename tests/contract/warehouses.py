"""Settings of a ``Warehouse`` at any address."""

from __future__ import annotations

from pydantic import SecretStr

from infra.settings import ClickHouseSettings


def settings(url: str, database: str = "contract", timeout_s: float = 20) -> ClickHouseSettings:
    return ClickHouseSettings(url=SecretStr(url), database=database, timeout_s=timeout_s)
