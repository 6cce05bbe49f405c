"""Local stack: servers and applications, started in order of dependency and stopped in reverse."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.grace import GRACE_S
from infra.local import state
from infra.local.broker import broker_argv, front_argv
from infra.local.child import Child, Liveness, ProcessSpec, StackEvent
from infra.local.door import make_password
from infra.local.ports import free_port, require_free
from infra.settings import LocalSettings, inherited_environment
from schemas.errors import ConfigurationError

OnEvent = Callable[[StackEvent], None]

# Together below the ten seconds that a person is ready to wait.
APPLICATIONS_STOP_S, SERVERS_STOP_S = GRACE_S + 0.5, 1.0
STOP_S = 12.0
START_S = 180.0
LOG_CHECK_S = 5.0
GATEWAY = "gateway"


async def run_stack(
    settings: LocalSettings, applications: Sequence[ProcessSpec], on_event: OnEvent
) -> None:
    """Run until SIGINT or SIGTERM.

    Raises ``PortInUse`` before anything is started, ``ConfigurationError`` if something fails to
    start.
    """
    data_dir = settings.data_dir.absolute()
    if state.read(data_dir) is not None:
        raise ConfigurationError(
            f"a stack is running in {settings.data_dir} already: see undertone status, or stop it "
            "with undertone down"
        )
    _require_ports(settings, applications)
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ready = False

    def changed(event: StackEvent) -> None:
        state.write(data_dir, _describe(settings, [*servers, *others], ready=ready))
        on_event(event)

    servers = [Child(spec, logs, changed) for spec in _servers(settings)]
    others = [Child(spec, logs, changed) for spec in applications]
    stopping = asyncio.create_task(stop.wait())
    try:
        for stage in (servers, others):
            starting = asyncio.ensure_future(asyncio.gather(*(child.start() for child in stage)))
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                starting.cancel()
                return
            starting.result()
        ready = True
        changed(StackEvent("undertone", "everything is ready"))
        if sys.stderr.isatty():
            for event in addresses(settings, applications).items():
                on_event(StackEvent(*event))
        while not stop.is_set():
            await asyncio.wait([stopping], timeout=LOG_CHECK_S)
            for child in (*servers, *others):
                child.keep_log_small()
    finally:
        on_event(StackEvent("undertone", "stopping"))
        for stage, seconds in ((others, APPLICATIONS_STOP_S), (servers, SERVERS_STOP_S)):
            for child in stage:
                child.ask_to_stop()
            await asyncio.gather(
                *(child.wait_stopped(seconds) for child in stage), return_exceptions=True
            )
        stopping.cancel()
        state.remove(data_dir)


def start_detached(
    argv: Sequence[str],
    data_dir: Path,
    on_event: Callable[[str], None],
    env: dict[str, str] | None = None,
) -> None:
    """Run ``argv``, which runs a stack in ``data_dir``, in a session of its own; return when the
    stack is ready.

    ``env``: besides what is inherited.

    Raises ``ConfigurationError`` with what it said last if it ends before that.
    """
    if state.read(data_dir) is not None:
        raise ConfigurationError(
            f"a stack is running in {data_dir} already: see undertone status, or stop it with "
            "undertone down"
        )
    log = data_dir / "logs" / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env=inherited_environment() | (env or {}),
        )
    deadline = time.monotonic() + START_S
    last = ""
    with log.open(encoding="utf8", errors="replace") as lines:
        while True:
            ended = process.poll() is not None  # asked before its last lines are read
            for line in lines:
                last = line.strip() or last
                on_event(last)
            if ended:
                raise ConfigurationError(
                    last.removeprefix("undertone: ")
                    or f"exit status {process.returncode}; see {log}"
                )
            stack = state.read(data_dir)
            if stack is not None and stack["ready"]:
                process.returncode = 0  # it is meant to outlive us: no warning that it does
                return
            if time.monotonic() > deadline:
                stop_stack(data_dir)
                raise ConfigurationError(
                    f"the stack was not ready after {START_S:g} s; see {log.parent}"
                )
            time.sleep(0.1)


def stop_stack(data_dir: Path) -> bool:
    """Stop what runs in ``data_dir``; False if nothing did."""
    stack = state.read(data_dir)
    if stack is None:
        return False
    pid = stack["pid"]
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    while state.began(pid) == stack["began"]:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)  # its children go with it
            state.remove(data_dir)
            break
        time.sleep(0.05)
    return True


def _require_ports(settings: LocalSettings, applications: Sequence[ProcessSpec]) -> None:
    require_free(settings.broker_port, "the broker", "UNDERTONE_LOCAL__BROKER_PORT")
    require_free(settings.registry_port, "the schema registry", "UNDERTONE_LOCAL__REGISTRY_PORT")
    require_free(settings.clickhouse_port, "ClickHouse", "UNDERTONE_LOCAL__CLICKHOUSE_PORT")
    if any(spec.role == GATEWAY for spec in applications):
        require_free(settings.gateway_port, "the gateway", "UNDERTONE_LOCAL__GATEWAY_PORT")
    for number in range(len(applications)):
        require_free(settings.metrics_port + number, "metrics", "UNDERTONE_LOCAL__METRICS_PORT")


def _servers(settings: LocalSettings) -> list[ProcessSpec]:
    data_dir = settings.data_dir.absolute()
    password = ("--password-file", str(make_password(data_dir)))

    def server(name: str, port: int) -> tuple[str, ...]:
        module, data = f"infra.local.{name}", str(data_dir / name)
        return (sys.executable, "-m", module, "--port", str(port), "--data", data, *password)

    registry = server("registry", settings.registry_port)
    clickhouse = server("clickhouse", settings.clickhouse_port)
    port, broker_port = settings.broker_port, free_port()
    return [
        ProcessSpec(
            "broker", "broker", broker_argv(broker_port, port), {}, f"tcp://127.0.0.1:{broker_port}"
        ),
        ProcessSpec(
            "broker-front",
            "broker-front",
            front_argv(port, broker_port),
            {},
            f"tcp://127.0.0.1:{port}",
        ),
        _http("schema-registry", registry, f"http://127.0.0.1:{settings.registry_port}/"),
        _http("clickhouse", clickhouse, f"http://127.0.0.1:{settings.clickhouse_port}/ping"),
    ]


def _http(name: str, argv: tuple[str, ...], url: str) -> ProcessSpec:
    """A server that is ready and alive while ``url`` is answered."""
    return ProcessSpec(name, name, argv, {}, url, liveness=Liveness(url))


def addresses(settings: LocalSettings, applications: Sequence[ProcessSpec]) -> dict[str, str]:
    """Addresses of the servers and of the applications with a user interface."""
    servers = {
        "kafka": f"127.0.0.1:{settings.broker_port}",
        "schema_registry": f"http://127.0.0.1:{settings.registry_port}",
        "clickhouse": f"http://127.0.0.1:{settings.clickhouse_port}",
        "metrics": f"http://127.0.0.1:{settings.metrics_port}/metrics",
    }
    return servers | {spec.role: spec.address for spec in applications if spec.address is not None}


def _describe(settings: LocalSettings, children: Sequence[Child], *, ready: bool) -> state.Stack:
    pid = os.getpid()
    return {
        "pid": pid,
        "began": state.began(pid),
        "ready": ready,
        "processes": [
            {
                "name": child.spec.name,
                "role": child.spec.role,
                "pid": child.pid,
                "restarts": child.restarts,
                "metrics": child.spec.metrics,
            }
            for child in children
            if child.pid is not None
        ],
        "addresses": addresses(settings, [child.spec for child in children]),
    }
