"""Targets of the sink: one small protocol, and a module for each target.

A new target is one module beside this one and one line in ``TARGETS``. The module has a function

    opened(settings: Settings, tables: Tables, retry: Retry) -> ContextManager[Sink]

which prepares the target (creates its tables, say) and yields the ``Sink``. Then it runs through
the same contract suite.
"""

from __future__ import annotations

from typing import Final

TARGETS: Final = {
    "clickhouse": "infra.sinks.clickhouse",
    "files": "infra.sinks.files",
}
"""Name in the settings → module. A target is imported only where it is used."""
