"""The table of installations by process."""

from __future__ import annotations

from bench.installations import Installation, table


def test_each_installation_is_a_row() -> None:
    found = table([Installation("worker", 101, 1595, 4.26, 218.4)])
    assert found.splitlines()[-1] == "| `worker` | 101 | 1,595 | 4.3 | 218 |"
    assert found.count("\n") == 2
