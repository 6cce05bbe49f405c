"""Load test of the gateway: many clients with single reviews, beside the bare stages; then overload
and recovery.

    python -m bench.gateway --level patterns --clients 50 --seconds 60

Starts a gateway of its own, without Kafka. Clients run in this process, on the same processors,
which is part of the figures. Each client sends its next review when the last one is answered, or at
a pace. Processor time is compared as well: other work on the machine makes everything slower, but
it does not change what a review costs. Writes ``bench/gateway.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

import aiohttp
import numpy as np
import orjson
import psutil
from rich.console import Console
from rich.table import Table

from infra.local.ports import free_port
from infra.settings import Settings
from schemas.errors import Origin
from schemas.inputs import RawRecord
from streams.composition import build_offline_pipeline
from streams.demo.sample import load

REPORT = Path(__file__).with_name("gateway.json")
START_S = 300.0
AT_ONCE = 100
OVERLOAD_CLIENTS = 400
BATCH = 32
Level = Literal["patterns", "names"]


@dataclass
class Tally:
    """Seconds of each answer that was a 200, and how often each status came (0: no answer)."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def report(self, took_s: float) -> dict[str, Any]:
        """Percentiles in milliseconds, and rates."""
        asked = sum(self.statuses.values())
        p50, p95, p99, longest = (
            np.percentile(self.seconds, [50, 95, 99, 100]) if self.seconds else [float("nan")] * 4
        )
        return {
            "requests": asked,
            "answered_per_s": len(self.seconds) / took_s,
            "error_rate": 1 - len(self.seconds) / asked,
            "p50_ms": 1000 * p50,
            "p95_ms": 1000 * p95,
            "p99_ms": 1000 * p99,
            "max_ms": 1000 * longest,
            "statuses": dict(sorted(self.statuses.items())),
        }


def bodies() -> list[bytes]:
    """The demo's reviews, as requests."""
    return [orjson.dumps({"review_id": review.review_id, "text": review.text}) for review in load()]


def bare(level: Level, documents: Sequence[bytes], seconds: float) -> dict[str, float]:
    """The stages alone, in batches, in this process."""
    settings = Settings()
    privacy = settings.privacy.model_copy(update={"level": level})
    pipeline = build_offline_pipeline(
        settings.model_copy(update={"privacy": privacy}), lambda _: nullcontext()
    )
    now = datetime.now(UTC)
    records = [
        RawRecord(Origin("bench", 0, n), None, document, now)
        for n, document in enumerate(documents)
    ]
    pipeline(records[:BATCH], lambda: now)
    began, cpu, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds:
        start = done % (len(records) - BATCH)
        pipeline(records[start : start + BATCH], lambda: now)
        done += BATCH
    return {
        "per_s": done / (time.perf_counter() - began),
        "cpu_ms_per_review": 1000 * (time.process_time() - cpu) / done,
    }


@contextmanager
def gateway(level: Level) -> Iterator[tuple[str, psutil.Process]]:
    """A gateway of its own; its address."""
    port = free_port()
    env = {
        "UNDERTONE_GATEWAY__PORT": str(port),
        "UNDERTONE_GATEWAY__RATE_PER_S": "1000000",
        "UNDERTONE_GATEWAY__BURST": "1000000",
        "UNDERTONE_GATEWAY__MAX_REQUESTS": str(AT_ONCE),
        "UNDERTONE_GATEWAY__KEYS_FILE": "no-keys.json",
        "UNDERTONE_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "UNDERTONE_METRICS__PORT": "0",
        "UNDERTONE_PRIVACY__LEVEL": level,
    }
    argv = [sys.executable, "-m", "streams", "gateway"]
    process = subprocess.Popen(
        argv, env=os.environ | env, stderr=subprocess.DEVNULL
    )  # with its audit log, which nobody reads
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_S
        while not _ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the gateway did not start")
            time.sleep(0.2)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


async def drive(
    url: str, documents: Sequence[bytes], clients: int, seconds: float, pace_s: float = 0.0
) -> dict[str, Any]:
    """Every client sends one review after the other, or one every ``pace_s``; what they saw."""
    tally, supply = Tally(), cycle(documents)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.perf_counter()

        async def client(number: int) -> None:
            due = began + pace_s * number / clients
            while (now := time.perf_counter()) - began < seconds:
                if due > now:
                    await asyncio.sleep(due - now)
                asked = (
                    max(due, now) if pace_s else now
                )  # a late start is the client's own doing, and not counted
                status = await _ask(session, url, next(supply))
                tally.statuses[status] += 1
                if status == 200:
                    tally.seconds.append(time.perf_counter() - asked)
                due += pace_s

        await asyncio.gather(*(client(number) for number in range(clients)))
        return tally.report(time.perf_counter() - began)


async def _ask(session: aiohttp.ClientSession, url: str, document: bytes) -> int:
    headers = {"Content-Type": "application/json"}
    try:
        async with session.post(f"{url}/api/v1/predict", data=document, headers=headers) as answer:
            await answer.read()
            return answer.status
    except aiohttp.ClientError:
        return 0


async def overload(url: str, documents: Sequence[bytes], seconds: float) -> dict[str, Any]:
    """More clients than are taken at once; and what the first reviews after them are answered."""
    during = await drive(url, documents, OVERLOAD_CLIENTS, seconds)
    after = await drive(url, documents, 1, 2.0)
    return {"during": during, "after": after}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--level", choices=["patterns", "names"], default="patterns")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--pace",
        type=float,
        default=1.0,
        help="in the paced run, seconds between two reviews of a client",
    )
    given = parser.parse_args()
    documents = bodies()
    alone = bare(given.level, documents, min(10.0, given.seconds))
    with gateway(given.level) as (url, process):
        asyncio.run(drive(url, documents, given.clients, 3.0))
        before = sum(process.cpu_times()[:2])
        flat_out = asyncio.run(drive(url, documents, given.clients, given.seconds))
        flat_out["cpu_ms_per_review"] = (
            1000 * (sum(process.cpu_times()[:2]) - before) / flat_out["requests"]
        )
        paced = asyncio.run(drive(url, documents, given.clients, given.seconds, given.pace))
        shed = asyncio.run(overload(url, documents, min(10.0, given.seconds)))
    report = {
        "level": given.level,
        "clients": given.clients,
        "seconds": given.seconds,
        "median_characters": float(np.median([len(document) for document in documents])),
        "load_average": os.getloadavg()[0],
        "bare_stages": alone,
        "flat_out": flat_out,
        f"every_{given.pace:g}_s": paced,
        f"{OVERLOAD_CLIENTS}_clients_where_{AT_ONCE}_are_taken": shed,
    }
    known = json.loads(REPORT.read_text(encoding="utf8")) if REPORT.exists() else {}
    REPORT.write_text(json.dumps(known | {given.level: report}, indent=2) + "\n", encoding="utf8")
    table = Table(
        "",
        "reviews/s",
        "CPU ms each",
        "p50 ms",
        "p99 ms",
        "errors",
        title=f"{given.clients} clients, {given.level}",
    )
    table.add_row(
        "bare stages, batches of 32",
        f"{alone['per_s']:.0f}",
        f"{alone['cpu_ms_per_review']:.2f}",
        "",
        "",
        "",
    )
    runs = {
        "flat out": flat_out,
        f"each every {given.pace:g} s": paced,
        "overload": shed["during"],
        "one, just after": shed["after"],
    }
    for name, run in runs.items():
        rate, p50, p99 = (f"{run[column]:.0f}" for column in ("answered_per_s", "p50_ms", "p99_ms"))
        cpu = f"{run['cpu_ms_per_review']:.2f}" if "cpu_ms_per_review" in run else ""
        table.add_row(name, rate, cpu, p50, p99, f"{run['error_rate']:.2%}")
    Console().print(table)


if __name__ == "__main__":
    main()
