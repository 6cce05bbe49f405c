"""Unit costs of a review: ``python -m bench.costs`` measures what ``bench.capacity`` plans with.

One worker, then two, a sink, Apache Kafka and the local ClickHouse process the demo's reviews, cut
to three lengths. Processor seconds are counted for each process, because they hardly depend on who
else uses the machine; rates do, and are only read for the comparison of two workers with one.
Writes ``bench/costs.json``. Takes about four minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from pydantic import SecretStr

from bench import reviews, spin
from bench.document import machine
from bench.entrant import Load
from bench.figures import MILLION, pace
from bench.load import Job
from bench.pipelines import undertone
from bench.processes import Pinned, python
from bench.stack import Stack, registry_argv
from infra.local.ports import free_port
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect
from schemas.errors import ConfigurationError, InputError
from schemas.topics import CATALOGUE, REVIEWS_RAW, REVIEWS_SCORED
from tests.harness import answers
from tests.servers import clickhouse_local, kafka_apache
from tests.servers.process import Server, Unavailable

Document = dict[str, Any]
COSTS = Path(__file__).with_name("costs.json")
COUNTS = {150: 8_000, 500: 6_000, 1250: 4_000}
"""Characters of a review → reviews that are sent at once, in each of ``ROUNDS``."""
ROUNDS = 3
LONGEST = max(COUNTS)
WITH_ASPECTS = 1_000
WARM_UP = 1_000
SPIN_S = 1.0
SETTLE_S, PATIENCE_S, POLL_S = 2.0, 120.0, 0.25
DISTINCT = "costs_distinct"


@dataclass(frozen=True, slots=True)
class Servers:
    """Running servers. ``logs`` is the folder in which Kafka keeps its topics."""

    stack: Stack
    kafka: Pinned
    clickhouse: Pinned
    url: str
    logs: Path

    def stored(self, topic: str) -> int:
        """Bytes that Kafka keeps of a topic, as compressed as its producers sent them."""
        return sum(file.stat().st_size for file in self.logs.glob(f"{topic}-*/*.log"))


def main() -> int:
    """Measure, write and print. 1 if something could not be measured, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description=__doc__)
    parser.add_argument("--out", type=Path, default=COSTS, help="file for the results")
    out = parser.parse_args().out
    try:
        with tempfile.TemporaryDirectory(prefix="undertone-costs-") as folder:
            document = measure(Path(folder))
    except (ConfigurationError, InputError, RuntimeError, Unavailable) as error:
        sys.stderr.write(f"bench.costs: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    text = json.dumps(document, indent=1) + "\n"
    out.write_text(text, encoding="utf8")
    sys.stdout.write(text)
    return 0


def measure(folder: Path) -> Document:
    """Everything that the file holds: processor seconds for a million reviews, bytes of a record
    and of a row, reviews a second. Raises as ``main`` catches.
    """
    texts = {
        length: [text[:length] for text in reviews.load(None) if len(text) >= length]
        for length in COUNTS
    }
    files = {length: folder / f"texts-{length}.json" for length in COUNTS}
    for length, file in files.items():
        file.write_text(json.dumps(texts[length]), encoding="utf8")
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as running:
        servers = running.enter_context(_servers(folder, cores))
        load = Load(cores, folder / "load.log")
        running.callback(load.stop)
        lengths: dict[str, Document] = {}
        with _workers(servers, cores, 1) as one:
            _burst(servers, load, one, files[LONGEST], WARM_UP)
            _stored(servers, cores, WARM_UP)
            for length, file in files.items():
                found = _bursts(servers, load, one, file, COUNTS[length])
                stored = _stored(servers, cores, ROUNDS * COUNTS[length])
                lengths[str(length)] = found | stored
            alone = lengths[str(LONGEST)]
            memory = max(worker.usage().peak for worker in one)
        with _workers(servers, cores, 2) as two:
            _burst(servers, load, two, files[LONGEST], WARM_UP)
            together = _bursts(servers, load, two, files[LONGEST], COUNTS[LONGEST])
        aspects = {"UNDERTONE_ASPECTS__LEVEL": "full"}
        with _workers(servers, cores, 1, aspects) as finding:
            _burst(servers, load, finding, files[LONGEST], WARM_UP // 4)
            found = _burst(servers, load, finding, files[LONGEST], WITH_ASPECTS)
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "lengths": lengths,
        "worker_memory": memory,
        "aspects": {
            "characters": LONGEST,
            "worker": found["worker"] / alone["worker"],
            "scored_bytes": found["scored_bytes"] / alone["scored_bytes"],
        },
        "pair": {
            "characters": LONGEST,
            "one": alone["rate"],
            "two": together["rate"],
            "worker": together["worker"],
            "others": [alone["others"], together["others"]],
            "idle": [alone["idle"], together["idle"]],
            "computation": statistics.median(spin.scaling(cores[:2], SPIN_S) for _ in range(ROUNDS))
            if len(cores) > 1
            else 1.0,
        },
    }


@contextmanager
def _servers(folder: Path, cores: Sequence[int]) -> Iterator[Servers]:
    """Apache Kafka, a Schema Registry and ClickHouse, none of them bound to a core."""
    port, http, registry = free_port(), free_port(), free_port()
    with ExitStack() as started:

        def start(name: str, server: Server) -> Pinned:
            process = Pinned(name, server.command, cores, server.log)
            started.callback(process.stop)
            process.wait_until(server.ready)
            return process

        for name in ("kafka", "clickhouse"):
            (folder / name).mkdir()
        kafka = start("kafka", kafka_apache.server(folder / "kafka", port))
        clickhouse = start("clickhouse", clickhouse_local.server(folder / "clickhouse", http))
        argv = registry_argv(registry, folder)
        schemas = Pinned("registry", argv, cores, folder / "registry.log")
        started.callback(schemas.stop)
        schemas.wait_until(lambda: answers(f"http://127.0.0.1:{registry}/subjects"))
        stack = Stack(f"127.0.0.1:{port}", f"http://127.0.0.1:{registry}", folder)
        stack.create([topic.name for topic in CATALOGUE])
        url, logs = f"http://127.0.0.1:{http}", folder / "kafka" / "logs"
        yield Servers(stack, kafka, clickhouse, url, logs)


@contextmanager
def _workers(
    servers: Servers, cores: Sequence[int], count: int, env: Mapping[str, str] | None = None
) -> Iterator[list[Pinned]]:
    """Workers with the default settings and ``env``, each with its share of the partitions."""
    with ExitStack() as started:
        workers = []
        for _ in range(count):
            about = undertone.contender(servers.stack)
            log = servers.stack.folder / "worker.log"
            worker = Pinned("worker", about.argv, cores, log, dict(about.env) | dict(env or {}))
            started.callback(worker.stop)
            worker.wait_until(partial(answers, about.ready))
            workers.append(worker)
        time.sleep(SETTLE_S)
        yield workers


def _bursts(
    servers: Servers, load: Load, workers: Sequence[Pinned], texts: Path, count: int
) -> Document:
    """The median of each figure of ``ROUNDS`` bursts."""
    rounds = [_burst(servers, load, workers, texts, count) for _ in range(ROUNDS)]
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def _burst(
    servers: Servers, load: Load, workers: Sequence[Pinned], texts: Path, count: int
) -> Document:
    """Reviews that are all sent at once. ``others``: the share of the machine that processes other
    than these used, ``idle``: that nobody used. Raises ``InputError`` where a review is not scored.
    """
    stack, cores = servers.stack, len(os.sched_getaffinity(0))
    run = f"costs-{time.monotonic_ns()}"
    job = Job(stack.bootstrap, REVIEWS_RAW.name, REVIEWS_SCORED.name, str(texts), run, count)
    processes = [*workers, servers.kafka, load.process]
    before, stored = [process.usage().cpu_s for process in processes], _sizes(servers)
    busy, began = _busy_s(), time.monotonic()
    load.begin(job)
    answer = load.finish(workers)
    all_s, busy = (time.monotonic() - began) * cores, _busy_s() - busy
    used = [process.usage().cpu_s - start for process, start in zip(processes, before, strict=True)]
    arrived = [at for at in answer.arrived if at is not None]
    if len(arrived) < count:
        raise InputError(f"{count - len(arrived)} of {count} reviews never came out")
    raw, scored = (now - then for now, then in zip(_sizes(servers), stored, strict=True))
    a_million = MILLION / count
    return {
        "reviews": count,
        "rate": pace(answer.due[0], arrived).rate,
        "worker": sum(used[: len(workers)]) * a_million,
        "broker": used[-2] * a_million,
        "load": used[-1] * a_million,
        "others": max(0.0, busy - sum(used)) / all_s,
        "idle": max(0.0, 1 - busy / all_s),
        "raw_bytes": raw / count,
        "scored_bytes": scored / count,
    }


def _stored(servers: Servers, cores: Sequence[int], rows: int) -> Document:
    """Start a sink on the scored reviews that it has not stored yet, all of one length: what
    storing takes of sink and ClickHouse, what merging once takes of ClickHouse, and bytes of a row.
    Ends with an empty table.
    """
    port = free_port()
    env = {
        "UNDERTONE_KAFKA__BOOTSTRAP_SERVERS": servers.stack.bootstrap,
        "UNDERTONE_SCHEMA_REGISTRY__URL": servers.stack.registry,
        "UNDERTONE_CLICKHOUSE__URL": servers.url,
        "UNDERTONE_METRICS__PORT": str(port),
    }
    log = servers.stack.folder / "sink.log"
    sink = Pinned("sink", python("streams", "sink"), cores, log, env)
    warehouse = connect(ClickHouseSettings(url=SecretStr(servers.url)))
    try:
        sink.wait_until(partial(answers, f"http://127.0.0.1:{port}/health/ready"))
        sink_s, store_s = sink.usage().cpu_s, servers.clickhouse.usage().cpu_s
        _wait_for_rows(warehouse, sink, rows)
        sink_s = sink.usage().cpu_s - sink_s
        store_s = servers.clickhouse.usage().cpu_s - store_s
    finally:
        sink.stop()
    merge_s = servers.clickhouse.usage().cpu_s
    _merge(warehouse, "predictions")
    merge_s = servers.clickhouse.usage().cpu_s - merge_s
    row_bytes = _row_bytes(warehouse)
    warehouse.execute("TRUNCATE TABLE predictions")
    return {
        "sink": sink_s * MILLION / rows,
        "insert": store_s * MILLION / rows,
        "merge": merge_s * MILLION / rows,
        "row_bytes": row_bytes,
    }


def _wait_for_rows(warehouse: Warehouse, sink: Pinned, rows: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while (stored := _rows(warehouse)) < rows:
        sink.check()
        if time.monotonic() > deadline:
            raise InputError(f"the sink stored {stored} of {rows} rows in {PATIENCE_S:g} s")
        time.sleep(POLL_S)


def _rows(warehouse: Warehouse) -> int:
    [[rows]] = warehouse.query(
        "SELECT sum(rows) FROM system.parts WHERE active AND table = 'predictions'"
    )
    return int(str(rows))


def _merge(warehouse: Warehouse, table: str) -> None:
    warehouse.execute(f"OPTIMIZE TABLE {table} FINAL")


def _row_bytes(warehouse: Warehouse) -> float:
    """Compressed bytes of a row of different texts with random ids: the reviews repeat texts, which
    compresses better.
    """
    for statement in (
        f"DROP TABLE IF EXISTS {DISTINCT}",
        f"CREATE TABLE {DISTINCT} AS predictions",
        f"INSERT INTO {DISTINCT} SELECT * REPLACE (toString(generateUUIDv4()) AS review_id) "
        "FROM predictions LIMIT 1 BY text_masked",
    ):
        warehouse.execute(statement)
    _merge(warehouse, DISTINCT)
    [[size]] = warehouse.query(
        "SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts "
        f"WHERE active AND table = '{DISTINCT}'"
    )
    return float(str(size))


def _sizes(servers: Servers) -> list[int]:
    return [servers.stored(topic.name) for topic in (REVIEWS_RAW, REVIEWS_SCORED)]


def _busy_s() -> float:
    """Seconds that all cores together have been busy since the machine began, with anything."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


if __name__ == "__main__":
    sys.exit(main())
