"""docker-compose.yml: the policies hold and fail where they are broken; its commands and settings
are the real ones.
"""

from __future__ import annotations

import copy
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import commands
from tests.policies import compose

ROOT = Path(__file__).parents[3]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {
    name: service
    for name, service in DOCUMENT["services"].items()
    if service["image"].startswith(compose.OURS)
}


def test_the_stack_keeps_to_the_policies() -> None:
    assert list(compose.complaints(DOCUMENT)) == []


def change(service: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    def changed(services: dict[str, Any]) -> None:
        services[service] |= values

    return changed


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [
        (change("kafka", image="apache/kafka"), "apache/kafka: no fixed tag"),
        (change("kafka", image="apache/kafka:latest"), "no fixed tag"),
        (change("worker", deploy={}), "worker: no limits"),
        (change("worker", read_only=False), "worker: may write"),
        (
            change("sink", cap_drop=[]),
            "sink: may write to its root file system or has capabilities",
        ),
        (change("loop", security_opt=[]), "loop: may gain privileges"),
        (change("triton", privileged=True), "triton: is not contained"),
        (change("gateway", ports=["8000:8000"]), "gateway: port 8000:8000 is open"),
        (
            change("sink", environment={"UNDERTONE_CLICKHOUSE__URL": "http://a:b@c"}),
            "sink: UNDERTONE_CLICKHOUSE__URL is a secret",
        ),
        (
            change("grafana", environment={"GF_SECURITY_ADMIN_PASSWORD": "a"}),
            "GF_SECURITY_ADMIN_PASSWORD is a secret",
        ),
        (change("alertmanager", secrets=["nobody"]), "alertmanager: there is no secret nobody"),
        (
            change("kafka", healthcheck=None),
            "schema-registry: waits for the health of kafka, which has no",
        ),
        (
            change("sink", depends_on={"kafka": {"condition": "service_started"}}),
            "sink: does not wait until kafka is well",
        ),
        (
            change("sink", depends_on={"zookeeper": {"condition": "service_healthy"}}),
            "zookeeper, which there is not",
        ),
    ],
)
def test_a_mistake_is_found(mistake: Callable[[dict[str, Any]], None], complaint: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    mistake(document["services"])
    assert any(complaint in found for found in compose.complaints(document)), list(
        compose.complaints(document)
    )


@pytest.mark.parametrize(
    "name", [name for name, service in OURS.items() if "entrypoint" not in service]
)
def test_every_command_is_one_of_undertone(name: str) -> None:
    assert commands.understood(OURS[name]["command"]), OURS[name]["command"]


def test_a_command_that_there_is_not_is_noticed() -> None:
    assert not commands.understood(["worker", "--faster"])
    assert not commands.understood(["walker"])


def test_every_setting_exists() -> None:
    for name, service in OURS.items():
        secrets = {secret["target"] for secret in service.get("secrets", [])}
        given = set(service.get("environment", {})) | secrets
        assert given - {"UNDERTONE_SECRETS_DIR"} <= commands.SETTINGS, name


def test_every_secret_that_is_asked_for_is_made_once(tmp_path: Path) -> None:
    script = tmp_path / "infra" / "docker" / "secrets.sh"
    script.parent.mkdir(parents=True)
    script.write_bytes((ROOT / "infra/docker/secrets.sh").read_bytes())
    for _ in range(2):
        subprocess.run(["bash", str(script)], check=True, capture_output=True)
    made = {f"secrets/{path.name}": path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert made.keys() == {secret["file"] for secret in DOCUMENT["secrets"].values()}
    password = made["secrets/clickhouse-password"]
    assert re.fullmatch(r"[0-9a-f]{48}", password)
    assert made["secrets/clickhouse-url"] == f"http://undertone:{password}@clickhouse:8123"
    assert password not in made["secrets/clickhouse-users.xml"], "ClickHouse is told its hash only"
    before = made
    subprocess.run(["bash", str(script)], check=True, capture_output=True)
    assert {
        f"secrets/{path.name}": path.read_text() for path in (tmp_path / "secrets").iterdir()
    } == before


def test_every_file_that_is_mounted_exists() -> None:
    for name, service in DOCUMENT["services"].items():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (ROOT / source).exists(), f"{name}: {source}"
            assert source.startswith(".") or source in DOCUMENT["volumes"], f"{name}: {source}"


def test_the_processes_that_run_here_are_those_that_undertone_has() -> None:
    assert {"gateway", "worker", "sink", "loop"} <= OURS.keys()
