"""Free ports: no two callers are given the same one."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

CALLS = 200
CALLER = f"""
from infra.local.ports import free_port
print(*(free_port() for _ in range({CALLS})), flush=True)
input()
"""


def test_callers_in_several_processes_are_given_different_ports() -> None:
    with ExitStack() as stack:
        callers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", CALLER],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(3)
        ]
        given = [
            port for caller in callers if caller.stdout for port in caller.stdout.readline().split()
        ]
        for caller in callers:
            caller.communicate("\n")
    assert len(set(given)) == len(given) == 3 * CALLS
