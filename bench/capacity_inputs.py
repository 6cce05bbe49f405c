"""Inputs of the capacity model that are not measured: machines, retention, limits and prices."""

from __future__ import annotations

from dataclasses import dataclass

from bench.plan import PRICE
from infra.settings import SinkSettings
from schemas.topics import REVIEWS_RAW, REVIEWS_SCORED

ROW_DAYS = 400
"""The TTL of `predictions`."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that is not measured; docs/capacity.md says where each comes from.

    ``busy``: share of a machine that is used at the peak. ``peak``: the busiest minute, times the
    rate. ``network`` and ``disk_write``: bytes a second of a machine. ``disk``: bytes of a server.
    ``merges``: how often ClickHouse writes a row again. ``insert_share``: of ClickHouse's
    processors; the rest is for queries. ``readers``: consumers of `reviews.scored` beside the sink.
    ``group``: members of a consumer group. Prices in US dollars: of a core for an hour, a GB of
    disk for a month, a GB between zones.
    """

    characters: float = 1250
    aspects: bool = False
    peak: float = 1.0
    busy: float = 0.6
    machine_cores: int = 8
    network: float = 312.5e6
    disk_write: float = 250e6
    disk: float = 16e12
    disk_full: float = 0.8
    replication: int = 3
    replicas: int = 2
    readers: float = 1.0
    raw_days: float = REVIEWS_RAW.retention.days if REVIEWS_RAW.retention else 0
    scored_days: float = REVIEWS_SCORED.retention.days if REVIEWS_SCORED.retention else 0
    row_days: float = ROW_DAYS
    merges: float = 4.0
    insert_share: float = 0.5
    insert_rows: float = SinkSettings().max_rows
    inserts: float = 1.0
    group: int = 250
    broker_partitions: int = 4_000
    cluster_partitions: int = 200_000
    core_hour: float = PRICE
    disk_gb_month: float = 0.08
    traffic_gb: float = 0.02
