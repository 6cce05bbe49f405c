"""kill -9 of the alert sender at random points: every alert arrives, and no alert under two ids.

``ROUNDS`` is small for the suite; ``python -m tests.faults.test_alerts 20`` runs more.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import orjson

from infra.settings import Settings, environment
from retrain.alerts.alert_publisher import Announcer
from schemas.records import Alert
from tests.harness import Stack, wait_for
from tests.integration.test_alerts import SECRET, alert, prepare, quick, settings_for, webhook
from tests.servers import local_stack
from tests.webhook_receiver import Received, Reply, receiving

ROUNDS = 3
ALERTS_EACH = 6
SENDER = (
    "import threading; from infra.command_line import configured; from retrain.alerts.alert_sender "
    "import COMPONENT; from retrain.runner.component import Running; "
    "COMPONENT.run(Running.of(configured(), threading.Event()))"
)


def start(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-c", SENDER], env=os.environ | environment(settings), stderr=output
        )


def kill_rounds(
    stack: Stack, rounds: int, seed: int = 0
) -> tuple[list[Alert], list[Received], list[Received]]:
    """What was told, and what the receivers of single and of grouped alerts accepted."""
    chance = random.Random(seed)
    told: list[Alert] = []
    trouble = [Reply(500), Reply(204, delay_s=0.3), Reply(204), Reply(204)] * (rounds * ALERTS_EACH)
    with receiving(SECRET, *trouble) as single, receiving(SECRET, *trouble) as grouped:
        webhooks = (
            webhook(single, max_per_minute=10_000),
            webhook(grouped, body="alertmanager", max_per_minute=10_000),
        )
        settings = settings_for(stack, quick(*webhooks, group_wait_s=0.1))
        announcer = Announcer(settings)
        for number in range(rounds):
            before = len(single.received)
            process = start(settings, stack.folder / "sender.log")
            news = [alert(f"{number}-{n}", name=f"rule-{n % 2}") for n in range(ALERTS_EACH)]
            announcer.tell(news)
            told += news
            wait_for(
                "the sender to begin",
                lambda before=before: len(single.received) > before or None,  # type: ignore[misc]
                60,
            )
            time.sleep(chance.uniform(0, 0.6))
            process.send_signal(signal.SIGKILL)
            process.wait()
        process = start(settings, stack.folder / "sender.log")
        wanted = {one.alert_id for one in told}
        try:
            wait_for(
                "every alert at one",
                lambda: wanted <= {request.webhook_id for request in single.accepted()},
            )
            conditions = {one.fingerprint for one in told}
            wait_for(
                "every alert at the other", lambda: conditions <= fingerprints(grouped.accepted())
            )
        finally:
            process.kill()
            process.wait()
        return told, single.received, grouped.received


def fingerprints(requests: list[Received]) -> set[str]:
    return {one["annotations"]["fingerprint"] for request in requests for one in request.json}


def check(told: list[Alert], single: list[Received], grouped: list[Received]) -> None:
    """Each alert under one id at each receiver, whatever was repeated, each repeat with the same
    body, all signed.
    """
    assert all(request.verified for request in (*single, *grouped))
    assert {request.webhook_id for request in single} == {one.alert_id for one in told}
    bodies: dict[str, set[str]] = defaultdict(set)
    ids: dict[str, set[str]] = defaultdict(set)
    for request in grouped:
        for one in orjson.loads(request.body):
            ids[one["annotations"]["fingerprint"]].add(request.webhook_id)
    for request in (*single, *grouped):
        bodies[request.webhook_id].add(request.body)
    assert {len(found) for found in ids.values()} == {1}
    assert {len(found) for found in bodies.values()} <= {1, 2}, (
        "an alert alone in a group has the id that it has elsewhere"
    )


def test_no_alert_is_lost_and_none_is_sent_under_two_ids(tmp_path: Path) -> None:
    with local_stack.running(tmp_path) as stack:
        prepare(stack)
        check(*kill_rounds(stack, ROUNDS))


def main(rounds: int) -> None:
    """More rounds, and a line of what happened."""
    with tempfile.TemporaryDirectory() as folder, local_stack.running(Path(folder)) as stack:
        prepare(stack)
        told, single, grouped = kill_rounds(stack, rounds, seed=int(time.time()))
        check(told, single, grouped)
    repeats = len(single) - len({request.webhook_id for request in single})
    sys.stdout.write(
        f"{rounds} kills, {len(told)} alerts: all arrived at both receivers, each under one id; "
        f"{len(single) + len(grouped)} requests, {repeats} repeats of single alerts under their "
        "id\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
