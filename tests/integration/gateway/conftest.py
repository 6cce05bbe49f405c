"""One stack with a gateway for all tests of this folder: broker, registry, ClickHouse, a worker, a
sink.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from infra.local.ports import free_port
from streams.gateway.api_key_file import change
from streams.gateway.core.api_keys import Scope, generate
from tests.harness import Stack, answers, wait_for
from tests.servers import local_stack
from tests.servers.process import Server


@dataclass(frozen=True)
class Gateway:
    """A gateway that asks for keys, the ``stack`` behind it, and a ``client`` with a key for
    everything.
    """

    url: str
    key: str
    stack: Stack
    client: httpx.Client
    process: Server


def key_for_everything(path: Path) -> str:
    """A new key, and it alone in the file."""
    key, entry = generate("tests", frozenset(Scope), datetime.now(UTC), None)
    change(path, lambda _: (entry,))
    return key


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Started before the worker, as the one that creates the topics."""
    folder = tmp_path_factory.mktemp("gateway")
    key, port = key_for_everything(folder / "keys.json"), free_port()
    with local_stack.running(folder) as stack:
        stack.env["UNDERTONE_PRIVACY__LEVEL"] = "patterns"
        stack.env["UNDERTONE_SCORING__SENTENCES"] = "true"
        settings = {
            "UNDERTONE_GATEWAY__PORT": str(port),
            "UNDERTONE_GATEWAY__KEYS_FILE": str(folder / "keys.json"),
            "UNDERTONE_GATEWAY__RATE_PER_S": "1000000",
            "UNDERTONE_GATEWAY__BURST": "1000000",
            "UNDERTONE_GATEWAY__WRONG_KEYS": "1000000",
        }
        url = f"http://127.0.0.1:{port}"
        try:
            process = stack.start("gateway", **settings)
            wait_for("the gateway to listen", lambda: answers(f"{url}/health/ready"))
            stack.start("sink")
            stack.start("worker", UNDERTONE_ASPECTS__LEVEL="full")
            with httpx.Client(
                base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60
            ) as client:
                yield Gateway(url, key, stack, client, process)
        finally:
            stack.stop()
