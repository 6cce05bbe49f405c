"""What promtool and amtool say of infra/prometheus, and what promtool expects of the alerts in
situations that last hours.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.servers import prometheus
from tests.servers.process import Unavailable
from tests.watched import CONFIGURATION, alerting


def promtool(*arguments: str) -> str:
    try:
        tool = prometheus.promtool()
    except Unavailable as reason:
        pytest.skip(str(reason))
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_configuration_and_its_rules_are_valid() -> None:
    assert "2 rule files found" in promtool(
        "check", "config", str(CONFIGURATION / "prometheus.yml")
    )


def test_the_alerts_do_in_hours_what_is_expected_of_them(tmp_path: Path) -> None:
    situations = (
        Path(__file__).with_name("rules_test.yml").read_text().replace("RULES", str(CONFIGURATION))
    )
    (tmp_path / "situations.yml").write_text(situations)
    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "situations.yml"))


def test_a_rule_that_is_broken_fails_the_situations(tmp_path: Path) -> None:
    for name in ("alerts.yml", "slo.yml"):
        text = (CONFIGURATION / name).read_text()
        (tmp_path / name).write_text(
            text.replace('sum by (job) (up{job=~"undertone-.+"}) == 0', "vector(0) == 1")
        )
    situations = (
        Path(__file__).with_name("rules_test.yml").read_text().replace("RULES", str(tmp_path))
    )
    (tmp_path / "situations.yml").write_text(situations)
    with pytest.raises(AssertionError, match="undertone-sink"):
        promtool("test", "rules", str(tmp_path / "situations.yml"))


def test_alertmanager_understands_its_configuration(tmp_path: Path) -> None:
    try:
        tool = prometheus.amtool()
    except Unavailable as reason:
        pytest.skip(str(reason))
    file = tmp_path / "alertmanager.yml"
    file.write_text(alerting("http://127.0.0.1:9/hook"))
    subprocess.run([tool, "check-config", str(file)], check=True, capture_output=True)


def test_every_alert_has_a_severity_and_says_what_is_wrong() -> None:
    for name in ("alerts.yml", "slo.yml"):
        for group in yaml.safe_load((CONFIGURATION / name).read_text())["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    assert rule["labels"]["severity"] in {"info", "warning", "critical"}, rule[
                        "alert"
                    ]
                    assert {"summary", "description", "runbook_url"} <= rule[
                        "annotations"
                    ].keys(), rule["alert"]
