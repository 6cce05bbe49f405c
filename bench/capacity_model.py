"""Capacity model: how many partitions, workers, sinks, brokers and ClickHouse shards a rate takes,
what they cost, and which part of a layout is the first that does not keep up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from bench.capacity_costs import Costs, Workers
from bench.capacity_inputs import Inputs
from bench.figures import MILLION
from infra.settings import KafkaSettings

DAY_S, HOURS, GB = 86_400, 720, 1e9
"""A month has 30 days."""
SHIPPED_WORKERS, SHIPPED_SINKS = 12, 2
"""`maxReplicaCount` of the workers and `replicas` of the sink in `infra/k8s/base`."""
MIN_WORKERS, MIN_SINKS, MIN_BROKERS = 2, 2, 3
PARTITIONS_A_WORKER = 2
TOPICS = 2
CROSS_ZONE = 2 / 3
"""The share of a client's traffic that goes to another of three zones."""


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
    """What a rate takes. Bytes, bytes a second, and US dollars a month by part."""

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
    """Costs and inputs together. ``bench``: the workers of `make bench`, which stand for those
    beside whom the costs were measured where the machine was not quiet then.
    """

    costs: Costs
    inputs: Inputs
    bench: Workers

    @property
    def workers(self) -> Workers:
        """One worker and two whose rates can be compared."""
        return self.costs.workers if self.costs.workers.quiet else self.bench

    @cached_property
    def serial(self) -> float:
        """Of a worker's time, the share in which another one on the same machine must wait, beside
        what two processes of pure computation, broker and load explain.
        """
        workers = self.workers
        return max(0.0, self._second(workers) * workers.one / workers.two - 1)

    @cached_property
    def slowdown(self) -> float:
        """Processor seconds on a machine whose cores are all busy, times the measured ones: those
        that were measured beside other work hold what busy cores take from each other.
        """
        workers = self.costs.workers
        together = max(1.0, 2 / workers.computation) if workers.quiet else 1.0
        return together * (1 + self.serial * (self.inputs.machine_cores - 1))

    def seconds(self, what: str) -> float:
        """Processor seconds of a review on a busy machine."""
        inputs = self.inputs
        cost = self.costs.at(what, inputs.characters, aspects=inputs.aspects)
        return cost / MILLION * self.slowdown

    def bytes_of(self, what: str) -> float:
        """Bytes of a review as ``raw``, ``scored`` or ``row``."""
        inputs = self.inputs
        return self.costs.at(f"{what}_bytes", inputs.characters, aspects=inputs.aspects)

    def checks(self) -> list[Check]:
        """One worker and two as measured, beside the model. Rates only of a quiet machine."""
        characters = self.costs.workers.characters
        found = [
            Check(
                f"a second worker, {characters:,.0f} characters: processor seconds of a review, "
                f"times one ({self.costs.workers.source}, {self.costs.workers.measured})",
                self.costs.second_worker,
                1.0,
            )
        ]
        for workers in (self.costs.workers, self.bench):
            if workers.quiet:
                source = f"{workers.source}, {workers.measured}"
                one, two = self.rate(workers.characters), self._second(workers)
                found += [
                    Check(f"one worker, reviews/s ({source})", workers.one, one),
                    Check(f"two workers, times one ({source})", workers.two / workers.one, two),
                ]
        return found

    def rate(self, characters: float) -> float:
        """Reviews a second of one worker with a core of its own."""
        return MILLION / self.costs.at("worker", characters)

    def _second(self, workers: Workers) -> float:
        """Rate of two workers that share two cores with broker and load generator, times one."""
        parts = ("worker", "broker", "load")
        total = sum(self.costs.at(part, workers.characters) for part in parts)
        return workers.computation * self.costs.at("worker", workers.characters) / total

    def pair(self) -> tuple[float, float]:
        """Reviews a second of one worker and of two, as modelled for ``workers``."""
        one = self.rate(self.workers.characters)
        return one, one * self._second(self.workers)

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
