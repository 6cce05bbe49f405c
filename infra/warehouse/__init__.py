"""ClickHouse adapters for its native protocol and its HTTP interface."""

from __future__ import annotations

from urllib.parse import urlsplit

from infra.extras import needs
from infra.settings import ClickHouseSettings
from infra.warehouse.port import Reader, Warehouse
from schemas.errors import ConfigurationError

__all__ = ["Reader", "Warehouse", "connect"]


def connect(settings: ClickHouseSettings) -> Warehouse:
    """The warehouse that ``settings.url`` names: ``clickhouse(s)://`` native, ``http(s)://`` HTTP.

    No connection is made yet. Raises ``ConfigurationError`` if the URL names a database other than
    ``settings.database``, or a bad host or port.
    """
    url = settings.url.get_secret_value()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # the port is checked when it is read
    except ValueError:
        host = None
    if not host:
        raise ConfigurationError(
            "UNDERTONE_CLICKHOUSE__URL: expected scheme://[user:password@]host[:port]"
        )
    if parts.path.strip("/") not in {"", settings.database}:
        raise ConfigurationError(
            "UNDERTONE_CLICKHOUSE__URL names a database; set UNDERTONE_CLICKHOUSE__DATABASE instead"
        )
    # Each driver is imported only where it is used: together they cost a third of a second at
    # start.
    if parts.scheme in {"clickhouse", "clickhouses"}:
        with needs("warehouse"):
            from infra.warehouse.native import NativeWarehouse

        return NativeWarehouse(settings)
    with needs("warehouse"):
        from infra.warehouse.http import HttpWarehouse

    return HttpWarehouse(settings)
