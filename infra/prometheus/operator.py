"""PrometheusRule manifest for the operator:
``python -m infra.prometheus.operator > infra/k8s/base/rules.yaml``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

FILES = ("alerts.yml", "slo.yml")
HEAD = (
    "# Made by python -m infra.prometheus.operator of the rules in infra/prometheus: change "
    "those.\n"
)


def resource() -> str:
    """A PrometheusRule of all rules."""
    groups: list[dict[str, Any]] = []
    for name in FILES:
        groups += yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf8"))[
            "groups"
        ]
    document = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "undertone"},
        "spec": {"groups": groups},
    }
    return HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    sys.stdout.write(resource())
