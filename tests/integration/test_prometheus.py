"""Prometheus' own tools on what Undertone gives them: its alert rules, and alerts for
Alertmanager."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from infra import metrics
from retrain.alerts.core.webhook_bodies import render
from retrain.alerts.webhook_post import post
from schemas.records import Alert
from tests.harness import wait_for
from tests.servers import prometheus
from tests.servers.process import Unavailable

RULES = Path(metrics.__file__).parent / "prometheus" / "alerts.yml"


def test_promtool_finds_nothing_wrong_with_the_rules() -> None:
    try:
        tool = prometheus.promtool()
    except Unavailable as reason:
        pytest.skip(str(reason))
    checked = subprocess.run(
        [tool, "check", "rules", str(RULES)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout


def test_the_rules_ask_for_metrics_that_there_are() -> None:
    asked = set(
        re.findall(r"\bundertone_\w+", "\n".join(re.findall(r"expr: (.*)", RULES.read_text())))
    )
    known = {metric.name for metric in REGISTRY.collect()}
    assert asked
    assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in asked} <= known


def alert(status: str, condition: str, now: datetime) -> Alert:
    labels = {"product_id": condition, "odd-name": "späße & more"}
    began = now - timedelta(minutes=5)
    ended = now if status == "resolved" else None
    return Alert(
        uuid4().hex,
        condition,
        status,  # type: ignore[arg-type]
        "fell",
        "warning",
        "it fell",
        labels,
        began,
        now,
        "“a review”",
        ended_at=ended,
    )


def alerts(url: str, condition: str) -> list[Any]:
    with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=10) as reply:
        return [one for one in json.load(reply) if one["labels"].get("product_id") == condition]


def test_a_real_alertmanager_takes_alerts_and_their_ends(alertmanager: str) -> None:
    first, second, now = uuid4().hex, uuid4().hex, datetime.now(UTC)
    body = render("alertmanager", [alert("firing", first, now), alert("firing", second, now)])
    assert (
        post(f"{alertmanager}/api/v2/alerts", body, {"content-type": "application/json"}, 10).status
        == 200
    )
    [one] = wait_for("the alert", lambda: alerts(alertmanager, first))
    assert one["labels"] == {
        "alertname": "fell",
        "severity": "warning",
        "product_id": first,
        "odd_name": "späße & more",
    }
    assert (one["status"]["state"], one["annotations"]["description"]) == ("active", "“a review”")
    assert one["endsAt"] > (now + timedelta(days=29)).isoformat()

    query = [
        prometheus.amtool(),
        "alert",
        "query",
        f"--alertmanager.url={alertmanager}",
        "--output=json",
        f"product_id={second}",
    ]
    assert (
        len(json.loads(subprocess.run(query, capture_output=True, text=True, check=True).stdout))
        == 1
    )

    later = alert("resolved", first, datetime.now(UTC))
    assert (
        post(
            f"{alertmanager}/api/v2/alerts",
            render("alertmanager", [later]),
            {"content-type": "application/json"},
            10,
        ).status
        == 200
    )
    wait_for("its end", lambda: not alerts(alertmanager, first))
    assert alerts(alertmanager, second)
