"""The manifests, as kustomize renders them: valid by Kubernetes' own schemas, by the policies, and
by what Undertone is.
"""

from __future__ import annotations

import functools
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from infra.grace import GRACE_S
from infra.prometheus import operator
from infra.settings import Settings
from schemas.topics import REVIEWS_RAW
from tests import commands
from tests.policies import kubernetes
from tests.servers import go_tools
from tests.servers.process import Unavailable

K8S = Path(__file__).parents[3] / "infra/k8s"
OVERLAYS = ("cpu", "gpu")
TARGETS = ("worker", "sink", "gateway", "loop", "train")
VERSION = "1.34"
# What Kubernetes does not bring has no schema there: the fields that the operators' documentation
# says are needed.
CUSTOM = {
    ("keda.sh/v1alpha1", "ScaledObject"): {
        "scaleTargetRef",
        "triggers",
        "minReplicaCount",
        "maxReplicaCount",
    },
    ("monitoring.coreos.com/v1", "ServiceMonitor"): {"selector", "endpoints"},
    ("monitoring.coreos.com/v1", "PrometheusRule"): {"groups"},
}


@functools.cache
def rendered(overlay: str) -> list[dict[str, Any]]:
    try:
        kustomize = go_tools.tool("kustomize")
    except Unavailable as reason:
        pytest.skip(str(reason))
    command = [kustomize, "build", str(K8S / "overlays" / overlay)]
    return list(
        yaml.safe_load_all(
            subprocess.run(command, capture_output=True, text=True, check=True).stdout
        )
    )


def named(kind: str, name: str, overlay: str = "cpu") -> dict[str, Any]:
    return next(
        one for one in rendered(overlay) if one["kind"] == kind and one["metadata"]["name"] == name
    )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_manifests_are_valid_by_the_schemas_of_kubernetes(overlay: str) -> None:
    for manifest in rendered(overlay):
        needed = CUSTOM.get((manifest["apiVersion"], manifest["kind"]))
        if needed is None:
            kubernetes_validate.validate(manifest, VERSION, strict=True)
        else:
            assert needed <= manifest["spec"].keys(), manifest["metadata"]["name"]


def test_a_field_that_there_is_not_is_found() -> None:
    broken = yaml.safe_load(yaml.safe_dump(named("Deployment", "undertone-worker")))
    broken["spec"]["template"]["spec"]["containers"][0]["readinessProb"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSION, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_manifests_keep_to_the_policies(overlay: str) -> None:
    assert list(kubernetes.complaints(rendered(overlay))) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_process_is_deployed_with_a_command_of_undertone(overlay: str) -> None:
    started = []
    for pod in filter(None, map(kubernetes.pod_of, rendered(overlay))):
        for container in kubernetes.containers_of(pod["spec"]):
            if container["image"].startswith("undertone-"):
                started.append(container["args"][0])
                assert commands.understood(container["args"]), container["args"]
    assert {"gateway", "worker", "sink", "loop", "retrain"} <= set(started)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_setting_exists(overlay: str) -> None:
    given = {
        name for one in rendered(overlay) if one["kind"] == "ConfigMap" for name in one["data"]
    }
    for pod in filter(None, map(kubernetes.pod_of, rendered(overlay))):
        for container in kubernetes.containers_of(pod["spec"]):
            given |= {variable["name"] for variable in container.get("env", [])}
    assert given - {"UNDERTONE_SECRETS_DIR"} <= commands.SETTINGS
    assert ("UNDERTONE_SCORING__ENGINE" in given) == (overlay == "gpu")


def test_workers_follow_the_backlog_of_their_own_group_up_to_the_partitions() -> None:
    [settings] = [one["data"] for one in rendered("cpu") if one["kind"] == "ConfigMap"]
    spec = named("ScaledObject", "undertone-worker")["spec"]
    [trigger] = spec["triggers"]
    assert trigger["metadata"]["consumerGroup"] == f"{Settings().kafka.group_prefix}-worker"
    assert trigger["metadata"]["topic"] == REVIEWS_RAW.name
    assert trigger["metadata"]["bootstrapServers"] == settings["UNDERTONE_KAFKA__BOOTSTRAP_SERVERS"]
    assert (
        spec["minReplicaCount"]
        <= spec["maxReplicaCount"]
        == int(settings["UNDERTONE_KAFKA__PARTITIONS"])
    )


def test_a_process_that_is_evicted_has_time_to_finish_and_needs_less_than_ten_seconds() -> None:
    assert GRACE_S < 10
    for name in ("worker", "sink", "loop"):
        pod = named("Deployment", f"undertone-{name}")["spec"]["template"]["spec"]
        assert pod["terminationGracePeriodSeconds"] > GRACE_S, name
        assert "lifecycle" not in pod["containers"][0], (
            f"{name}: a preStop hook would come before the drain"
        )


def test_the_rules_are_those_of_prometheus_and_jobs_have_the_names_that_they_ask_for() -> None:
    assert (K8S / "base/rules.yaml").read_text() == operator.resource(), operator.HEAD
    monitor = named("ServiceMonitor", "undertone")["spec"]
    services = [one for one in rendered("cpu") if one["kind"] == "Service"]
    chosen = [
        one
        for one in services
        if monitor["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()
    ]
    jobs = {one["metadata"]["labels"][monitor["jobLabel"]] for one in chosen}
    assert jobs == {"undertone-gateway", "undertone-worker", "undertone-sink", "undertone-loop"}
    assert all(
        monitor["endpoints"][0]["port"] in {port["name"] for port in one["spec"]["ports"]}
        for one in chosen
    )


def test_the_version_that_is_deployed_is_this_one() -> None:
    version = tomllib.loads((K8S.parents[1] / "pyproject.toml").read_text())["project"]["version"]
    for overlay in OVERLAYS:
        pods = filter(None, map(kubernetes.pod_of, rendered(overlay)))
        images = {
            container["image"]
            for pod in pods
            for container in kubernetes.containers_of(pod["spec"])
        }
        ours = {image for image in images if image.startswith("undertone")}
        names = {f"undertone-{target}:{version}" for target in TARGETS}
        assert ours <= names
        assert (f"undertone-train:{version}" in ours) == (overlay == "gpu")


def test_every_process_runs_its_own_image() -> None:
    for process in ("worker", "sink", "gateway", "loop"):
        pod = named("Deployment", f"undertone-{process}")["spec"]["template"]["spec"]
        assert pod["containers"][0]["image"].partition(":")[0] == f"undertone-{process}"
