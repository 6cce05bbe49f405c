"""The whole stack at work, watched by the Prometheus and Alertmanager of infra/prometheus, in which
minutes are seconds.
"""

from __future__ import annotations

import contextlib
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import yaml

from infra import metrics
from infra.local.ports import free_port
from streams.demo import sample
from tests import webhook_receiver
from tests.harness import Stack, meanwhile
from tests.servers import local_stack, prometheus
from tests.servers.process import Server

CONFIGURATION = Path(metrics.__file__).parent / "prometheus"
SETTINGS = {
    "UNDERTONE_KAFKA__SESSION_TIMEOUT_S": "2",
    "UNDERTONE_KAFKA__PARTITIONS": "1",
    "UNDERTONE_PRIVACY__LEVEL": "patterns",
    "UNDERTONE_ASPECTS__LEVEL": "terms",
    "UNDERTONE_SINK__MAX_WAIT_MS": "200",
    # Windows of seconds, so that some have finished before the patience of the test has.
    "UNDERTONE_DRIFT__WINDOW_S": "3",
    "UNDERTONE_DRIFT__LATENESS_S": "1",
    "UNDERTONE_DRIFT__MIN_REVIEWS": "20",
    "UNDERTONE_DRIFT__REFERENCE_REVIEWS": "100",
    "UNDERTONE_DRIFT__EVERY_S": "0.5",
    "UNDERTONE_QUALITY__WINDOW_S": "3",
    "UNDERTONE_QUALITY__LATENESS_S": "1",
    "UNDERTONE_QUALITY__EVERY_S": "0.5",
    "UNDERTONE_LABELLING__EVERY_S": "1",
    "UNDERTONE_RULES__EVERY_S": "1",
}
PACE_S, SLICE = 0.25, 8
"""While traffic flows, so many reviews at a time, each with feedback."""


@dataclass(frozen=True)
class World:
    """``processes`` by role; ``webhook``: what Alertmanager tells people."""

    stack: Stack
    processes: dict[str, Server]
    prometheus: str
    webhook: webhook_receiver.Receiver


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """Everything runs, and reviews and feedback come all the time. Raises ``Unavailable``."""
    with ExitStack() as started:
        prometheus.promtool()
        webhook = started.enter_context(webhook_receiver.receiving(""))
        manager = started.enter_context(prometheus.alertmanager(folder, alerting(webhook.url)))
        stack = started.enter_context(local_stack.running(folder))
        stack.env = SETTINGS | {"UNDERTONE_MODELS__TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
        started.callback(stack.stop)
        door = free_port()
        stack.env["UNDERTONE_GATEWAY__PORT"] = str(door)
        processes = {role: stack.start(role) for role in ("worker", "sink", "loop", "gateway")}
        address = started.enter_context(
            prometheus.prometheus(folder, scraping(folder, processes, manager))
        )
        started.enter_context(traffic(stack, door))
        asked = stack.undertone("retrain", "request", "en")
        assert asked.returncode == 0, asked.stderr
        yield World(stack, processes, address, webhook)


def alerting(url: str) -> str:
    """Alertmanager's configuration, with an address that its 0.25 can be told, and without waiting
    for company.
    """
    text = (CONFIGURATION / "alertmanager.yml").read_text()
    text = text.replace("url_file: /run/secrets/alert-webhook-url", f"url: {url}")
    return re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", text)


def scraping(folder: Path, processes: dict[str, Server], alertmanager: str) -> Path:
    """Prometheus' configuration, with the processes that run here in the place of containers, and
    seconds for minutes.
    """
    document: dict[str, Any] = yaml.safe_load((CONFIGURATION / "prometheus.yml").read_text())
    document["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    document["alerting"]["alertmanagers"] = [
        {"static_configs": [{"targets": [alertmanager.removeprefix("http://")]}]}
    ]
    ports = {
        f"undertone-{role}": process.environment["UNDERTONE_METRICS__PORT"]
        for role, process in processes.items()
    }
    document["scrape_configs"] = [
        {
            "job_name": job["job_name"],
            "static_configs": [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}],
        }
        for job in document["scrape_configs"]
        if job["job_name"] in ports
    ]
    for name in document["rule_files"]:
        rules: dict[str, Any] = yaml.safe_load((CONFIGURATION / name).read_text())
        for group in rules["groups"]:
            group["interval"] = "1s"
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = "2s"
        (folder / name).write_text(yaml.safe_dump(rules))
    configuration = folder / "prometheus.yml"
    configuration.write_text(yaml.safe_dump(document))
    return configuration


def traffic(stack: Stack, door: int) -> AbstractContextManager[None]:
    """Reviews and what people think of them, and now and then a record that is none, while the
    block runs.

    ``door``: the port of the gateway, which gets its share.
    """
    texts = enumerate(cycle(review.text for review in sample.load()))

    def flow() -> None:
        now = datetime.now(UTC).isoformat()
        records: list[tuple[str, bytes]] = [("broken", b"{")]
        feedback = []
        for number, text in islice(texts, SLICE):
            key = f"r{number}"
            review = {
                "review_id": key,
                "text": f"{text} someone@example.org",
                "product_id": f"p{number % 3}",
            }
            records.append((key, json.dumps(review).encode()))
            opinion = {
                "feedback_id": key,
                "review_id": key,
                "label": "positive",
                "source": "user",
                "created_at": now,
            }
            feedback.append((key, json.dumps(opinion).encode()))
        knock(door, json.dumps({"text": "A wonderful film."}).encode())
        knock(door, b"{")
        stack.produce("reviews.raw", records)
        stack.produce("feedback", feedback)

    return meanwhile(flow, PACE_S)


def knock(port: int, body: bytes) -> None:
    """Ask the gateway to judge something; whether it does is not of interest here."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/predict",
        data=body,
        headers={"content-type": "application/json"},
        method="POST",
    )
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=10).close()
