"""The supervisor: ready means ready, the dead come back, and stopping takes no longer than it
may."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from infra.local import state
from infra.local.child import Child, Liveness, ProcessSpec, StackEvent
from infra.local.ports import free_port, require_free
from infra.local.stack import start_detached, stop_stack
from schemas.errors import ConfigurationError, PortInUse
from tests.harness import answers, wait_for

SERVER = """
import http.server, signal, sys
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
address = ("127.0.0.1", int(sys.argv[1]))
http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def spec(name: str, *options: str) -> ProcessSpec:
    port = free_port()
    return ProcessSpec(
        name,
        "test",
        (sys.executable, "-c", SERVER, str(port), *options),
        {},
        f"http://127.0.0.1:{port}/",
    )


def ignore(_: StackEvent) -> None:
    pass


async def test_a_child_that_dies_comes_back(tmp_path: Path) -> None:
    again = asyncio.Event()
    child = Child(
        spec("web"),
        tmp_path,
        lambda event: again.set() if child.restarts and event.what == "ready" else None,
    )
    await child.start()
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await asyncio.wait_for(again.wait(), 30)
    assert child.pid != first
    assert child.restarts == 1
    child.ask_to_stop()
    await child.wait_stopped(5)
    assert child.pid is None


async def test_a_child_that_lives_but_does_nothing_is_started_again(tmp_path: Path) -> None:
    again = asyncio.Event()
    web = spec("web")
    web = replace(
        web, liveness=Liveness(web.ready, period_s=0.2, timeout_s=2.0, failures=2, grace_s=0.1)
    )
    child = Child(
        web,
        tmp_path,
        lambda event: again.set() if child.restarts and event.what == "ready" else None,
    )
    await child.start()
    await asyncio.sleep(1)  # five probes: until one of them has succeeded, it counts as starting
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    await asyncio.wait_for(again.wait(), 60)
    assert (child.pid != first, child.restarts) == (True, 1)
    child.ask_to_stop()
    await child.wait_stopped(5)


async def test_a_child_that_is_suspended_for_less_than_the_probes_allow_goes_on(
    tmp_path: Path,
) -> None:
    web = spec("web")
    child = Child(
        replace(web, liveness=Liveness(web.ready, period_s=0.05, timeout_s=0.1, failures=10_000)),
        tmp_path,
        ignore,
    )
    await child.start()
    assert child.pid is not None
    process = psutil.Process(child.pid)
    process.suspend()
    await asyncio.sleep(0.5)
    process.resume()
    assert (await asyncio.to_thread(answers, web.ready), child.pid, child.restarts) == (
        True,
        process.pid,
        0,
    )
    child.ask_to_stop()
    await child.wait_stopped(5)


async def test_a_child_that_takes_long_to_start_is_not_ended_before_its_time(
    tmp_path: Path,
) -> None:
    web = spec("web")
    never = Liveness(
        f"http://127.0.0.1:{free_port()}/", startup_s=600, period_s=0.02, timeout_s=0.1, failures=1
    )
    child = Child(replace(web, liveness=never), tmp_path, ignore)
    await child.start()
    await asyncio.sleep(0.5)
    assert child.restarts == 0
    child.ask_to_stop()
    await child.wait_stopped(5)


@pytest.mark.parametrize("how", ["deaf", "suspended"])
async def test_a_child_that_does_not_listen_is_stopped_all_the_same(
    tmp_path: Path, how: str
) -> None:
    child = Child(spec("web", how), tmp_path, ignore)
    await child.start()
    assert child.pid is not None
    process = psutil.Process(child.pid)
    if how == "suspended":
        process.suspend()
    child.ask_to_stop()
    await child.wait_stopped(0.5)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


async def test_a_child_that_waits_to_be_started_again_does_not_delay_the_end(
    tmp_path: Path,
) -> None:
    flag = tmp_path / "broken"
    waiting = asyncio.Event()
    port = free_port()
    server = f"import os, sys\nif os.path.exists({str(flag)!r}): sys.exit(1)\n{SERVER}"
    child = Child(
        ProcessSpec(
            "web",
            "test",
            (sys.executable, "-c", server, str(port)),
            {},
            f"http://127.0.0.1:{port}/",
        ),
        tmp_path,
        lambda event: waiting.set() if child.restarts >= 6 else None,
    )
    await child.start()
    flag.touch()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    await asyncio.wait_for(waiting.wait(), 60)  # the wait is now 6.4 s
    child.ask_to_stop()
    await asyncio.wait_for(child.wait_stopped(30), 3)


async def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    server = (
        "import subprocess, pathlib\n"
        "pathlib.Path('pid').write_text(str(subprocess.Popen(['sleep', '600']).pid))\n"
        f"{SERVER}"
    )
    port = free_port()
    argv = (sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r})\n{server}", str(port))
    child = Child(
        ProcessSpec("web", "test", argv, {}, f"http://127.0.0.1:{port}/"), tmp_path, ignore
    )
    await child.start()
    grandchild = psutil.Process(int((tmp_path / "pid").read_text()))
    child.ask_to_stop()
    await child.wait_stopped(5)
    wait_for(
        "the grandchild to go",
        lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE,
    )


async def test_a_program_that_does_not_exist_is_an_error_that_names_it(tmp_path: Path) -> None:
    child = Child(
        ProcessSpec("web", "test", ("/no/such/program",), {}, "tcp://127.0.0.1:1"), tmp_path, ignore
    )
    with pytest.raises(ConfigurationError, match="web cannot be run: /no/such/program"):
        await child.start()


async def test_a_child_that_cannot_start_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    argv = (sys.executable, "-c", "raise SystemExit('no licence found')")
    child = Child(ProcessSpec("web", "test", argv, {}, "tcp://127.0.0.1:1"), tmp_path, ignore)
    with pytest.raises(ConfigurationError, match=r"web does not start.*no licence found"):
        await child.start()


def test_a_taken_port_is_an_error_that_names_port_purpose_and_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            PortInUse, match=rf"port {port} for the broker is in use.*UNDERTONE_LOCAL__BROKER_PORT"
        ):
            require_free(port, "the broker", "UNDERTONE_LOCAL__BROKER_PORT")
    require_free(port, "the broker", "UNDERTONE_LOCAL__BROKER_PORT")


STACK = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from infra.local.stack import run_stack
    from infra.settings import LocalSettings
    names = ["broker_port", "registry_port", "clickhouse_port", "metrics_port"]
    ports = dict(zip(names, map(int, sys.argv[2:])))
    asyncio.run(run_stack(LocalSettings(data_dir=Path(sys.argv[1]), **ports), [], print))
    """
)


@pytest.fixture
def stack(tmp_path: Path) -> list[str]:
    return [sys.executable, "-c", STACK, str(tmp_path), *(str(free_port()) for _ in range(4))]


def test_servers_start_detached_are_known_and_stop(stack: list[str], tmp_path: Path) -> None:
    events: list[str] = []
    start_detached(stack, tmp_path, events.append)
    try:
        running = state.read(tmp_path)
        assert running is not None
        assert {process["role"] for process in running["processes"]} == {
            "broker",
            "broker-front",
            "schema-registry",
            "clickhouse",
        }
        assert any("clickhouse" in event and "ready" in event for event in events)
        with pytest.raises(ConfigurationError, match="running"):
            start_detached(stack, tmp_path, events.append)
    finally:
        assert stop_stack(tmp_path)
    assert state.read(tmp_path) is None
    assert not stop_stack(tmp_path)
    assert not any(psutil.pid_exists(process["pid"]) for process in running["processes"])


def test_a_killed_supervisor_leaves_no_orphans_and_no_stack(
    stack: list[str], tmp_path: Path
) -> None:
    start_detached(stack, tmp_path, lambda _: None)
    running = state.read(tmp_path)
    assert running is not None
    os.kill(running["pid"], signal.SIGKILL)
    wait_for(
        "the orphans to go",
        lambda: not any(psutil.pid_exists(process["pid"]) for process in running["processes"]),
    )
    assert state.read(tmp_path) is None


def test_a_stack_that_cannot_start_says_why(stack: list[str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(stack[-4])))
        taken.listen()
        with pytest.raises(ConfigurationError, match="for the broker is in use"):
            start_detached(stack, tmp_path, lambda _: None)
