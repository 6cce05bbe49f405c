"""Capacity model: how many partitions, workers, sinks, brokers and ClickHouse shards a rate takes,
what they cost, and which part of a layout is the first that does not keep up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from bench.capacity_costs import Costs, Workers
from bench.figures import MILLION
from bench.plan import PRICE
from infra.settings import KafkaSettings, SinkSettings
from schemas.topics import REVIEWS_RAW, REVIEWS_SCORED

DAY_S, HOURS, GB = 86_400, 720, 1e9
"""A month has 30 days."""
ROW_DAYS = 400
"""The TTL of `predictions`."""
SHIPPED_WORKERS, SHIPPED_SINKS = 12, 2
"""`maxReplicaCount` of the workers and `replicas` of the sink in `infra/k8s/base`."""
MIN_WORKERS, MIN_SINKS, MIN_BROKERS = 2, 2, 3
PARTITIONS_A_WORKER = 2
TOPICS = 2
CROSS_ZONE = 2 / 3
"""The share of a client's traffic that goes to another of three zones."""


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
    answer_s: float = 10.0
    core_hour: float = PRICE
    disk_gb_month: float = 0.08
    traffic_gb: float = 0.02


@dataclass(frozen=True, slots=True)
class Layout:
    """Number of everything that runs."""

    partitions: int
    workers: int
    sinks: int
    brokers: int
    shards: int


SHIPPED = Layout(KafkaSettings().partitions, SHIPPED_WORKERS, SHIPPED_SINKS, MIN_BROKERS, 1)
"""The manifests and default settings, with the smallest Kafka that keeps three replicas."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """``rate``: reviews a second that a part keeps up with. ``design``: more machines do not raise
    it.
    """

    part: str
    rate: float
    change: str
    design: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A measured figure beside the model's."""

    what: str
    measured: float
    modelled: float

    @property
    def error(self) -> float:
        """Of the model, relative to what was measured."""
        return self.modelled / self.measured - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rate takes. Bytes, bytes a second, and US dollars a month by part.

    ``view_rows``: how many rows `sentiment_by_product` reads in ``answer_s``.
    """

    rate: float
    layout: Layout
    machines: int
    servers: int
    memory: float
    broker_in: float
    broker_out: float
    brokers_by: str
    shards_by: str
    kafka_bytes: float
    warehouse_bytes: float
    traffic: float
    view_rows: float
    money: dict[str, float]

    @property
    def month(self) -> float:
        """US dollars."""
        return sum(self.money.values())

    @property
    def million(self) -> float:
        """US dollars for a million reviews."""
        return self.month / (self.rate * HOURS * 3600) * MILLION


@dataclass(frozen=True)
class Model:
    """Costs and inputs together. ``serial``: of a worker's time, the share in which another one on
    the same machine must wait, beside what two processes of pure computation lose.
    """

    costs: Costs
    inputs: Inputs

    @cached_property
    def serial(self) -> float:
        """From two workers of the measurement beside what processor seconds alone explain."""
        workers = self.costs.workers
        return max(0.0, self._pair(workers) / workers.two - 1)

    @cached_property
    def slowdown(self) -> float:
        """Processor seconds on a machine whose cores are all busy, times those of the
        measurement."""
        together = 2 / self.costs.workers.computation
        return max(1.0, together) * (1 + self.serial * (self.inputs.machine_cores - 1))

    def seconds(self, what: str) -> float:
        """Processor seconds of a review on a busy machine."""
        inputs = self.inputs
        cost = self.costs.at(what, inputs.characters, aspects=inputs.aspects)
        return cost / MILLION * self.slowdown

    def bytes_of(self, what: str) -> float:
        """Bytes of a review as ``raw``, ``scored`` or ``row``."""
        inputs = self.inputs
        return self.costs.at(f"{what}_bytes", inputs.characters, aspects=inputs.aspects)

    def checks(self, bench: Workers) -> list[Check]:
        """One and two workers as measured, beside the model."""
        found = []
        for workers in (self.costs.workers, bench):
            one = MILLION / self.costs.at("worker", workers.characters)
            found += [
                Check(f"one worker, {workers.source}, {workers.measured}", workers.one, one),
                Check("two workers, the same", workers.two, self._pair(workers)),
            ]
        return found

    def _pair(self, workers: Workers) -> float:
        """Reviews a second of two workers that share two cores with broker and load generator."""
        parts = ("worker", "broker", "load")
        total = sum(self.costs.at(part, workers.characters) for part in parts)
        return workers.computation * MILLION / total

    def plan(self, rate: float) -> Plan:
        """What so many reviews a second take, with ``peak`` times as many in the busiest minute."""
        inputs, peak = self.inputs, rate * self.inputs.peak
        workers = max(MIN_WORKERS, _whole(peak * self.seconds("worker") / inputs.busy))
        partitions = max(SHIPPED.partitions, PARTITIONS_A_WORKER * workers)
        sinks = max(MIN_SINKS, _whole(peak * self.seconds("sink") / inputs.busy))
        broker = min(self._of_a_broker(), key=lambda ceiling: ceiling.rate)
        shard = min(self._of_a_shard(), key=lambda ceiling: ceiling.rate)
        layout = Layout(
            partitions,
            workers,
            sinks,
            max(MIN_BROKERS, _whole(rate / broker.rate)),
            max(1, _whole(rate / shard.rate)),
        )
        received, sent = self._broker_traffic()
        kafka_bytes = rate * self._kept() * inputs.replication
        warehouse_bytes = rate * DAY_S * inputs.row_days * self.bytes_of("row") * inputs.replicas
        traffic = rate * self._between_zones()
        servers = layout.shards * inputs.replicas
        return Plan(
            rate=rate,
            layout=layout,
            machines=math.ceil(workers / inputs.machine_cores),
            servers=servers,
            memory=workers * self.costs.memory,
            broker_in=peak * received,
            broker_out=peak * sent,
            brokers_by=broker.part,
            shards_by=shard.part,
            kafka_bytes=kafka_bytes,
            warehouse_bytes=warehouse_bytes,
            traffic=traffic,
            view_rows=inputs.answer_s * inputs.machine_cores * layout.shards / self.seconds("view"),
            money=self._money(layout, kafka_bytes, warehouse_bytes, traffic),
        )

    def stops(self, layout: Layout, rate: float) -> list[Ceiling]:
        """What of a layout does not keep up with a rate, the first to fail first."""
        return [ceiling for ceiling in self.ceilings(layout) if ceiling.rate < rate]

    def ceilings(self, layout: Layout) -> tuple[Ceiling, ...]:
        """How far each part of a layout goes, the first to fail first."""
        inputs = self.inputs
        worker = self._of_a_worker()
        sink = inputs.busy / self.seconds("sink") / inputs.peak
        found = [
            Ceiling("partitions of `reviews.raw`", layout.partitions * worker, "more partitions"),
            Ceiling("workers", layout.workers * worker, "more workers (`maxReplicaCount`)"),
            Ceiling("sinks", layout.sinks * sink, "more sinks"),
            *(
                replace(one, part=f"{server}: {one.part}", rate=one.rate * count)
                for server, count, limits in (
                    ("brokers", layout.brokers, self._of_a_broker()),
                    ("ClickHouse", layout.shards, self._of_a_shard()),
                )
                for one in limits
            ),
            Ceiling(
                "one consumer group of workers",
                inputs.group * worker,
                "split `reviews.raw` into several topics, each with a group of its own",
                design=True,
            ),
            Ceiling(
                "partitions of one Kafka cluster",
                inputs.cluster_partitions * self._of_a_partition(),
                "several clusters",
                design=True,
            ),
        ]
        return tuple(sorted(found, key=lambda ceiling: ceiling.rate))

    def _of_a_worker(self) -> float:
        """Reviews a second that one keeps up with."""
        return self.inputs.busy / self.seconds("worker") / self.inputs.peak

    def _of_a_partition(self) -> float:
        """Reviews a second for each copy of a partition of either topic, as plans have them."""
        copies = TOPICS * self.inputs.replication * PARTITIONS_A_WORKER
        return self._of_a_worker() / copies

    def _of_a_broker(self) -> Iterator[Ceiling]:
        """How far each part of one broker goes."""
        inputs, more = self.inputs, "more brokers"
        cores = inputs.machine_cores * inputs.busy / inputs.peak
        yield Ceiling("processors", cores / (self.seconds("broker") * inputs.replication), more)
        network = inputs.network * inputs.busy / inputs.peak / max(self._broker_traffic())
        yield Ceiling("network", network, f"compress `reviews.raw` at its producers; {more}")
        written = (self.bytes_of("raw") + self.bytes_of("scored")) * inputs.replication
        disk = inputs.disk_write * inputs.busy / inputs.peak / written
        yield Ceiling("disk writes", disk, f"faster disks; {more}")
        space = inputs.disk * inputs.disk_full / (self._kept() * inputs.replication)
        change = f"keep `reviews.scored` for days, or tiered storage; {more}"
        yield Ceiling(f"disk space after {inputs.scored_days:g} days", space, change)
        yield Ceiling("partitions", inputs.broker_partitions * self._of_a_partition(), more)

    def _of_a_shard(self) -> Iterator[Ceiling]:
        """How far each part of one ClickHouse server goes."""
        inputs = self.inputs
        cores = inputs.machine_cores * inputs.busy * inputs.insert_share / inputs.peak
        work = self.seconds("insert") + inputs.merges * self.seconds("merge")
        yield Ceiling("processors", cores / work, SHARDED)
        rows = inputs.insert_rows * inputs.inserts / inputs.peak
        change = (
            "more rows in an insert (`UNDERTONE_SINK__MAX_ROWS`, `UNDERTONE_SINK__MAX_WAIT_MS`)"
        )
        yield Ceiling("inserts", rows, change)
        space = inputs.disk * inputs.disk_full / (self.bytes_of("row") * DAY_S * inputs.row_days)
        change = f"a shorter TTL, text in cheaper storage; {SHARDED}"
        yield Ceiling(f"disk space after {inputs.row_days:g} days", space, change)

    def _broker_traffic(self) -> tuple[float, float]:
        """Bytes that all brokers together receive and send for a review."""
        raw, scored = self.bytes_of("raw"), self.bytes_of("scored")
        copies = (raw + scored) * (self.inputs.replication - 1)
        return raw + scored + copies, copies + raw + scored * (1 + self.inputs.readers)

    def _between_zones(self) -> float:
        """Bytes between zones for a review: clients of Kafka, its copies, rows and their copies."""
        inputs = self.inputs
        raw, scored, row = (self.bytes_of(what) for what in ("raw", "scored", "row"))
        clients = (2 * raw + (2 + inputs.readers) * scored + scored) * CROSS_ZONE
        return clients + (raw + scored) * (inputs.replication - 1) + row * (inputs.replicas - 1)

    def _kept(self) -> float:
        """Byte seconds of one copy of a review on both topics."""
        inputs = self.inputs
        raw, scored = self.bytes_of("raw"), self.bytes_of("scored")
        return DAY_S * (raw * inputs.raw_days + scored * inputs.scored_days)

    def _money(
        self, layout: Layout, kafka_bytes: float, warehouse_bytes: float, traffic: float
    ) -> dict[str, float]:
        inputs = self.inputs
        core, disk = inputs.core_hour * HOURS, inputs.disk_gb_month / GB
        machine = core * inputs.machine_cores
        return {
            "workers": layout.workers * core,
            "sinks": layout.sinks * core,
            "brokers": layout.brokers * machine,
            "ClickHouse": layout.shards * inputs.replicas * machine,
            "disks of Kafka": kafka_bytes * disk,
            "disks of ClickHouse": warehouse_bytes * disk,
            "traffic between zones": traffic * HOURS * 3600 / GB * inputs.traffic_gb,
        }


SHARDED = "shards, for which Undertone does not make tables yet"


def _whole(number: float) -> int:
    """Rounded up, but for what floating point adds to a whole number."""
    return math.ceil(number - 1e-9 * abs(number))
