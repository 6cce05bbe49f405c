"""``python -m retrain.drift.settings_section``: the settings of the drift detectors, generated from
their thresholds for ``infra/drift_thresholds.py``.

``infra`` reads settings in every process and knows no detector, so the section is generated; a test
compares it with the detectors.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from dataclasses import fields

from retrain.drift.core.detection import DETECTORS
from retrain.drift.core.finding import THRESHOLD, Threshold

HEAD = '''"""Thresholds of the drift detectors. Generated from ``retrain/drift/core/detectors`` by
``make reference``; change the detectors, not this file.
"""

from __future__ import annotations

from pydantic import Field

from infra.section import Section


class DriftThresholds(Section):
    """Minimum effects from which the detectors report drift."""

'''
WIDTH, INDENT = 100, " " * 12


def section() -> str:
    """The module as Python. Raises ``ValueError`` where two detectors own one setting."""
    owners: dict[str, str] = {}
    settings: list[str] = []
    for detector in DETECTORS:
        for each in fields(detector):
            mine: Threshold | None = each.metadata.get(THRESHOLD)
            if mine is None:
                continue
            if each.name in owners:
                raise ValueError(f"{each.name} is a threshold of {owners[each.name]} already")
            owners[each.name] = detector.__name__
            settings += _setting(each.name, str(each.type), each.default, mine)
    return HEAD + "\n".join(settings) + "\n"


def _setting(name: str, kind: str, default: object, threshold: Threshold) -> Iterator[str]:
    yield f"    {name}: {kind} = Field("
    yield f"        {default!r},"
    yield "        ge=0,"
    if threshold.most is not None:
        yield f"        le={threshold.most:g},"
    whole = f'        description="{threshold.meaning}",'
    if len(whole) <= WIDTH:
        yield whole
    else:
        yield "        description=("
        lines = textwrap.wrap(threshold.meaning, WIDTH - len(INDENT) - len('" "'))
        for line in lines[:-1]:
            yield f'{INDENT}"{line} "'
        yield f'{INDENT}"{lines[-1]}"'
        yield "        ),"
    yield "    )"


if __name__ == "__main__":
    sys.stdout.write(section())
