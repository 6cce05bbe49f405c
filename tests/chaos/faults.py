"""What is done to the processes and servers: each fault is a name and a function that also mends
what it broke.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from confluent_kafka import Consumer

from tests.chaos.world import World
from tests.harness import wait_for

WORKERS, SINKS = "undertone-worker", "undertone-sink"
HANG_S = {"worker": 10.0, "sink": 10.0, "gateway": 5.0, "loop": 10.0}
"""Longer than the session time-out for members of a group."""
BROKER_HANG_S, LONG_HANG_S = 15.0, 60.0
FULL_S = 10.0


@dataclass(frozen=True, slots=True)
class Fault:
    """``run`` returns when what it broke runs again, and says what it chose."""

    name: str
    run: Callable[[World], str]


def all_faults(world: World, *, loop: bool, long_hang: bool) -> list[Fault]:
    """In the order in which they are made; a broker's are made where it hurts, on a coordinator or
    a leader.
    """
    roles = ["worker", "sink", "gateway", *(["loop"] if loop else [])]
    faults = [
        Fault("kill worker", partial(end, role="worker", number=signal.SIGKILL)),
        Fault(
            "kill the workers' coordinator",
            partial(kill_node, choose=lambda w: w.cluster.coordinator(WORKERS)),
        ),
        Fault("poison", World.poison),
        Fault(
            "stop the workers' coordinator",
            partial(stop_node, choose=lambda w: w.cluster.coordinator(WORKERS)),
        ),
        Fault("hang of a worker", partial(hang, role="worker")),
        Fault("kill sink", partial(end, role="sink", number=signal.SIGKILL)),
        Fault("move the workers' coordinator", partial(move_coordinator, group=WORKERS)),
        Fault("move the sink's coordinator", partial(move_coordinator, group=SINKS)),
        Fault("transactions", World.transactions),
        Fault("hang of the sink", partial(hang, role="sink")),
        Fault(
            "hang of the workers' coordinator",
            partial(hang_node, choose=lambda w: w.cluster.coordinator(WORKERS)),
        ),
        Fault(
            "kill the sink's coordinator",
            partial(kill_node, choose=lambda w: w.cluster.coordinator(SINKS)),
        ),
        Fault("reassignment of partitions", reassign),
        Fault("stop worker", partial(end, role="worker", number=signal.SIGTERM)),
        Fault("rebalance storm", storm),
        Fault(
            "kill a leader of reviews",
            partial(kill_node, choose=lambda w: w.cluster.leader("reviews.raw", 0)),
        ),
        Fault(
            "hang of a leader of reviews",
            partial(hang_node, choose=lambda w: w.cluster.leader("reviews.raw", 1)),
        ),
        Fault("stop sink", partial(end, role="sink", number=signal.SIGTERM)),
        Fault("kill warehouse", partial(kill_server, name="clickhouse")),
        Fault("kill registry", partial(kill_server, name="registry")),
    ]
    for role in roles[2:]:
        faults += [
            Fault(f"kill {role}", partial(end, role=role, number=signal.SIGKILL)),
            Fault(f"hang of the {role}", partial(hang, role=role)),
            Fault(f"stop {role}", partial(end, role=role, number=signal.SIGTERM)),
        ]
    if "warehouse" in world.disks:
        faults.append(Fault("disk full under the warehouse", partial(fill, name="warehouse")))
    if "node 3" in world.disks:
        faults.append(Fault("disk full under a broker", fill_broker))
    if long_hang:
        faults.append(
            Fault(
                "hang of a broker for a minute",
                partial(
                    hang_node, choose=lambda w: w.cluster.coordinator(WORKERS), seconds=LONG_HANG_S
                ),
            )
        )
    return faults


def end(world: World, role: str, number: signal.Signals) -> str:
    """End one process of a role; return when its successor is ready."""
    name = next(
        name for name, process in world.supervisor.processes.items() if process.role == role
    )
    before = world.supervisor.processes[name].running.pid
    world.supervisor.end(name, number, "stop" if number == signal.SIGTERM else "kill -9")
    wait_for(
        f"{name} to be restarted", lambda: world.supervisor.processes[name].running.pid != before
    )
    world.supervisor.wait_ready(name)
    return name


def hang(world: World, role: str) -> str:
    """Pause one process of a role for longer than its group waits for it."""
    name = next(
        name for name, process in world.supervisor.processes.items() if process.role == role
    )
    world.supervisor.pause(name)
    try:
        pause(HANG_S[role])
    finally:
        world.supervisor.resume(name)
    return f"{name} for {HANG_S[role]:g} s"


def kill_node(world: World, choose: Callable[[World], int]) -> str:
    """Kill a broker and start it again; return when all replicas are in sync."""
    node = choose(world)
    world.cluster.kill(node)
    pause(3)
    return _again(world, node)


def stop_node(world: World, choose: Callable[[World], int]) -> str:
    """Stop a broker gracefully and start it again; return when all replicas are in sync."""
    node = choose(world)
    world.cluster.stop_node(node)
    pause(3)
    return _again(world, node)


def hang_node(world: World, choose: Callable[[World], int], seconds: float = BROKER_HANG_S) -> str:
    """Pause a broker; its connections stay open, and nothing is answered."""
    node = choose(world)
    world.cluster.pause(node)
    try:
        pause(seconds)
    finally:
        world.cluster.resume(node)
    world.cluster.wait_in_sync()
    return f"node {node} for {seconds:g} s"


def move_coordinator(world: World, group: str) -> str:
    """Let another node coordinate a group, while all nodes run."""
    now = world.cluster.coordinator(group)
    to = next(number for number in world.cluster.nodes if number != now)
    world.cluster.move_coordinator(group, to)
    return f"{group} from node {now} to node {to}"


def reassign(world: World) -> str:
    """Take every partition of the reviews off one node, and give it back."""
    partitions = range(6)
    world.cluster.reassign(
        "reviews.raw", {number: [1 + number % 2, 2 - number % 2] for number in partitions}
    )
    world.cluster.reassign(
        "reviews.raw", {number: [3, 1 + number % 2, 2 - number % 2] for number in partitions}
    )
    return "6 partitions off node 3 and back"


def storm(world: World) -> str:
    """Members join and leave: strangers in the sink's group, and a worker that is killed as soon as
    it is ready.
    """
    config = {
        "bootstrap.servers": world.cluster.bootstrap, "group.id": SINKS,
        "enable.auto.commit": False, "log_level": 0,
        "partition.assignment.strategy": "cooperative-sticky",
    }  # fmt: skip
    world.supervisor.add("worker-extra", "worker")
    for _ in range(3):
        with suppress(RuntimeError):
            strangers = [Consumer(config) for _ in range(3)]
            for stranger in strangers:
                stranger.subscribe(["reviews.scored", "feedback"])
                stranger.poll(1.0)
            for stranger in strangers:
                stranger.close()
    world.supervisor.wait_ready("worker-extra")
    world.supervisor.remove("worker-extra", "kill -9")
    return "9 strangers in the sink's group, a worker more and less"


def kill_server(world: World, name: str) -> str:
    """Kill the warehouse or the registry and start it again."""
    server = world.stack.servers[name]
    server.stop(signal.SIGKILL)
    pause(3)
    server.start()
    return name


def fill(world: World, name: str) -> str:
    """Leave no byte free on a file system for a while."""
    with _full(world.disks[name]):
        pause(FULL_S)
    return f"for {FULL_S:g} s"


def fill_broker(world: World) -> str:
    """Leave no byte free for node 3, which stops serving of its own; start it again with space."""
    with _full(world.disks["node 3"]):
        pause(FULL_S)
    world.cluster.kill(3)
    return _again(world, 3)


def pause(seconds: float) -> None:
    """Let time pass; a fault lasts."""
    threading.Event().wait(seconds)


def _again(world: World, node: int) -> str:
    world.cluster.start_node(node)
    world.cluster.wait_in_sync(node)
    return f"node {node}"


@contextmanager
def _full(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    block = bytes(2**20)
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                os.write(file.fileno(), block)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    try:
        yield
    finally:
        filler.unlink()
