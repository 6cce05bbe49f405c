"""Fetch the servers that the tests start, so that the tests need no network:
``python -m tests.servers``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from tests.servers import clickhouse_debian, go_tools, image, kafka_apache, prometheus, triton
from tests.servers.process import Unavailable


def main() -> None:
    """Fetch each server; what cannot be had is said, and its tests will be skipped."""
    servers: dict[str, Callable[[], object]] = {
        "Apache Kafka": kafka_apache.jars,
        "ClickHouse server": clickhouse_debian.program,
        "Triton": triton.environment,
        **{f"the image of {name}": partial(image.build, name) for name in image.PROCESSES},
        "promtool": prometheus.promtool,
        "amtool": prometheus.amtool,
    }
    servers |= {
        module.partition("@")[0]: partial(go_tools.tool, name)
        for name, module in go_tools.MODULES.items()
    }
    for name, fetch in servers.items():
        try:
            fetch()
        except Unavailable as reason:
            sys.stdout.write(f"{name}: {reason}\n")
        else:
            sys.stdout.write(f"{name}: ready\n")


main()
