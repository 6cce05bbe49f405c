"""Three brokers, a registry, the local warehouse, and Undertone's processes under supervision."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from infra.local.ports import free_port
from models.artifact.artifact import LIGHT
from schemas import avro_files
from tests.chaos.ledger import Ledger
from tests.chaos.load import Load, send_poison, send_transactions
from tests.chaos.supervisor import Supervisor
from tests.harness import Stack, wait_for
from tests.servers import kafka_cluster, local_stack

SMALL_DISK = "size=640m"
ROLES = ("worker", "sink", "gateway", "loop")
SETTINGS = {
    "UNDERTONE_MODELS__URI": str(LIGHT),
    "UNDERTONE_LANGUAGE__UNSERVED": "reject",
    "UNDERTONE_PRIVACY__LEVEL": "patterns",
    "UNDERTONE_KAFKA__REPLICATION_FACTOR": "3",
    "UNDERTONE_KAFKA__PARTITIONS": "6",
    "UNDERTONE_GATEWAY__RATE_PER_S": "100000",
    "UNDERTONE_GATEWAY__BURST": "100000",
}


@dataclass(slots=True)
class World:
    """``disks``: folders on small file systems of their own, by the server whose data they hold;
    empty where none can be made.
    """

    cluster: kafka_cluster.Cluster
    stack: Stack
    supervisor: Supervisor
    ledger: Ledger
    load: Load
    disks: dict[str, Path]
    poison_size: int
    rounds: int = 0
    notes: list[str] = field(default_factory=list)

    def workers(self) -> list[str]:
        """Names of the workers."""
        return [
            name for name, process in self.supervisor.processes.items() if process.role == "worker"
        ]

    def poison(self) -> str:
        """Send the whole corpus."""
        self.rounds += 1
        own, foreign = schema_ids(self.stack.registry)
        taken = send_poison(
            self.cluster.bootstrap, self.ledger, str(self.rounds), own, foreign, self.poison_size
        )
        return f"{taken} records"

    def transactions(self) -> str:
        """Send a transaction that is aborted and one that is committed."""
        self.rounds += 1
        send_transactions(self.cluster.bootstrap, self.ledger, str(self.rounds))
        return "20 records aborted, 20 committed"


@contextmanager
def running(
    folder: Path,
    *,
    least: int = 0,
    pace: float,
    workers: int = 2,
    loop: bool = False,
    small_disks: bool = False,
    poison_size: int = 20_000,
) -> Iterator[World]:
    """Everything runs and is ready; the load is not yet started. Raises ``Unavailable``."""
    with ExitStack() as started:
        disks = started.enter_context(_disks(folder)) if small_disks else {}
        logs = {3: disks["node 3"]} if "node 3" in disks else {}
        cluster = started.enter_context(kafka_cluster.running(folder, logs))
        stack = started.enter_context(local_stack.running(folder, cluster.bootstrap))
        door = free_port()
        environment = stack.settings() | SETTINGS | {
            "UNDERTONE_GATEWAY__PORT": str(door),
            "UNDERTONE_GATEWAY__KEYS_FILE": str(folder / "keys.json"),
            "UNDERTONE_MODELS__TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
            "UNDERTONE_LOCAL__DATA_DIR": str(folder / "state"),
        }  # fmt: skip
        stack.env = dict(environment)
        supervisor = Supervisor(folder, environment)
        started.callback(supervisor.close)
        supervisor.add("sink", "sink")
        supervisor.wait_ready()  # creates the topics, and the tables that the others ask
        for role in ("gateway", "loop") if loop else ("gateway",):
            supervisor.add(role, role)
        for number in range(1, workers + 1):
            supervisor.add(f"worker-{number}", "worker")
        supervisor.wait_ready()
        supervisor.watch()
        ledger = Ledger(cluster.bootstrap, stack.registry)
        ledger.start()
        started.callback(ledger.stop)
        schema_id, _ = schema_ids(stack.registry)
        load = Load(cluster.bootstrap, f"http://127.0.0.1:{door}", ledger, schema_id, least, pace)
        yield World(cluster, stack, supervisor, ledger, load, disks, poison_size)


def schema_ids(registry: str) -> tuple[int, int]:
    """Ids of the schema of reviews, and of an array of nulls under another subject; both are
    registered here.
    """
    schemas = {
        "reviews.raw-value": avro_files.versions("Review")[-1],
        "elsewhere-value": '{"type": "array", "items": "null"}',
    }

    def ask() -> tuple[int, int] | None:
        with (
            contextlib.suppress(httpx.TransportError),
            httpx.Client(base_url=registry, timeout=10) as client,
        ):
            answers = [
                client.post(f"/subjects/{subject}/versions", json={"schema": schema})
                for subject, schema in schemas.items()
            ]
            if all(answer.status_code == 200 for answer in answers):
                own, foreign = (int(answer.json()["id"]) for answer in answers)
                return own, foreign
        return None

    return wait_for("the schema registry", ask)


@contextmanager
def _disks(folder: Path) -> Iterator[dict[str, Path]]:
    """Mount small file systems in memory, where this user may, for the warehouse and for one
    broker.
    """
    wanted = {"warehouse": folder / "data", "node 3": folder / "disk-3"}
    mounted: dict[str, Path] = {}
    if os.geteuid() or shutil.which("mount") is None:
        yield mounted
        return
    try:
        for name, path in wanted.items():
            path.mkdir(parents=True)
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", SMALL_DISK, "tmpfs", str(path)],
                capture_output=True,
                check=False,
            )
            if done.returncode == 0:
                mounted[name] = path
        yield mounted
    finally:
        for path in mounted.values():
            subprocess.run(["umount", "--lazy", str(path)], capture_output=True, check=False)
