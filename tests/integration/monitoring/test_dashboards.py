"""Every panel of every dashboard shows something of a stack that runs; and a process that is gone
is told.
"""

from __future__ import annotations

import json
import math
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from infra import metrics
from schemas.errors import UndertoneError
from tests.harness import wait_for
from tests.watched import World

INFRA = Path(metrics.__file__).parent
DASHBOARDS = sorted((INFRA / "grafana/dashboards").glob("*.json"))
# What Grafana puts in.
VARIABLES = {"$__rate_interval": "15s", "$core_hour": "0.04", "$gib_hour": "0.005"}
MACROS = {
    r"\$__timeFilter\((\w+)\)": r"\1 >= now() - INTERVAL 1 HOUR",
    r"\$__timeInterval\((\w+)\)": r"toStartOfMinute(\1)",
}


def queries(kind: str) -> Iterator[tuple[str, str]]:
    """(dashboard and panel, query), of one kind of data source."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                if target["datasource"]["type"] == kind:
                    yield f"{path.stem}: {panel['title']}", target.get("expr") or target["rawSql"]


def ask(prometheus: str, query: str) -> list[Any]:
    """The samples that are numbers."""
    address = f"{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(address, timeout=10) as reply:
        found = json.load(reply)["data"]["result"]
    return [sample for sample in found if not math.isnan(float(sample["value"][1]))]


def put_in(query: str) -> str:
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    for macro, value in MACROS.items():
        query = re.sub(macro, value, query)
    assert "$" not in query, query
    return query


def test_every_panel_shows_something_that_prometheus_scraped(world: World) -> None:
    waiting = list(queries("prometheus"))
    assert len(waiting) > 50

    def all_answered() -> bool:
        waiting[:] = [one for one in waiting if not ask(world.prometheus, put_in(one[1]))]
        return not waiting

    try:
        wait_for("data for every panel", all_answered, 60)
    except AssertionError as error:
        raise AssertionError(f"no data: {waiting}") from error


def test_every_panel_shows_something_that_clickhouse_holds(world: World) -> None:
    waiting = list(queries("grafana-clickhouse-datasource"))
    assert len(waiting) > 5

    def all_answered() -> bool:
        waiting[:] = [one for one in waiting if not world.stack.sql(put_in(one[1]))]
        return not waiting

    try:
        wait_for("data for every panel", all_answered, 60)
    except (AssertionError, UndertoneError) as error:
        raise AssertionError(f"{error}; no data: {waiting}") from error


def test_a_sink_that_is_gone_is_told_by_webhook_and_so_is_its_return(world: World) -> None:
    def told(status: str) -> bool:
        alerts = [alert for message in world.webhook.received for alert in message.json["alerts"]]
        return any(
            alert["status"] == status
            and alert["labels"]
            == {
                "alertname": "UndertoneProcessGone",
                "job": "undertone-sink",
                "severity": "critical",
            }
            and alert["annotations"]["runbook_url"] == "docs/alerts.md#undertoneprocessgone"
            for alert in alerts
        )

    assert not told("firing")
    world.processes["sink"].stop()
    wait_for("the alert", lambda: told("firing"), 60)
    world.processes["sink"].start()
    wait_for("its end", lambda: told("resolved"), 60)


def test_the_dashboards_and_rules_ask_for_metrics_that_there_are() -> None:
    """Some panels show 0 where a thing has never happened; a wrong name must not look like that."""
    known = {metric.name for metric in REGISTRY.collect()}
    for path in [*DASHBOARDS, *(INFRA / "prometheus").glob("*.yml")]:
        asked = set(re.findall(r"\bundertone_\w+", path.read_text()))
        assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in asked} <= known, (
            path.name
        )
        recorded = set(re.findall(r"undertone:\w+:\w+", path.read_text()))
        assert recorded <= set(
            re.findall(r"undertone:\w+:\w+", (INFRA / "prometheus/slo.yml").read_text())
        ), path.name


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_whole(path: Path) -> None:
    document = json.loads(path.read_text())
    assert document["uid"] == f"undertone-{path.stem}"
    identifiers = [panel["id"] for panel in document["panels"]]
    assert len(set(identifiers)) == len(identifiers)
    names = {variable["name"] for variable in document["templating"]["list"]}
    asked = set(re.findall(r"\$(\w+)", json.dumps(document["panels"])))
    assert {name for name in asked if not name.startswith("__")} <= names
    provisioned = (INFRA / "grafana/provisioning/datasources/undertone.yml").read_text()
    for panel in document["panels"]:
        for target in panel["targets"]:
            assert f"uid: {target['datasource']['uid']}\n" in provisioned
