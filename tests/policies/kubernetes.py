"""Of Kubernetes manifests: each workload contained, bounded, watched and spread; nothing open that
is not named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.policies import images

Manifest = dict[str, Any]
SECRETS = ("PASSWORD", "SECRET", "TOKEN", "CLICKHOUSE__URL")
"""In the names of variables whose values are to come from files."""


def complaints(manifests: Sequence[Manifest]) -> Iterator[str]:
    """What is wrong with them together."""
    for manifest in manifests:
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        pod = pod_of(manifest)
        if pod is not None:
            yield from (
                f"{name}: {complaint}"
                for complaint in _of_pod(pod["spec"], serves=manifest["kind"] == "Deployment")
            )
        if manifest["kind"] == "Secret":
            yield f"{name}: secrets do not belong here"
    yield from _availability(manifests)
    yield from _network(manifests)
    yield from _references(manifests)


def pod_of(manifest: Manifest) -> Manifest | None:
    """The template of the pods that a workload makes."""
    template: Manifest | None = None
    if manifest["kind"] in {"Deployment", "StatefulSet", "DaemonSet", "Job"}:
        template = manifest["spec"]["template"]
    elif manifest["kind"] == "CronJob":
        template = manifest["spec"]["jobTemplate"]["spec"]["template"]
    return template


def containers_of(pod: Manifest) -> list[Manifest]:
    """Those that prepare it too."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def _of_pod(pod: Manifest, *, serves: bool) -> Iterator[str]:
    if (
        pod.get("hostNetwork")
        or pod.get("hostPID")
        or any("hostPath" in volume for volume in pod.get("volumes", []))
    ):
        yield "is not contained"
    if pod.get("automountServiceAccountToken") is not False:
        yield "is given a token of the cluster"
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "may run as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "no seccomp profile"
    for container in containers_of(pod):
        name = container["name"]
        yield from (f"{name}: {complaint}" for complaint in images.of_reference(container["image"]))
        own = container.get("securityContext", {})
        if own.get("readOnlyRootFilesystem") is not True:
            yield f"{name}: may write to its root file system"
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            yield f"{name}: may gain privileges"
        if own.get("capabilities", {}).get("drop") != ["ALL"]:
            yield f"{name}: keeps capabilities"
        for kind in ("requests", "limits"):
            if not {"cpu", "memory"} <= container.get("resources", {}).get(kind, {}).keys():
                yield f"{name}: no {kind} of cpu and memory"
        for variable in container.get("env", []):
            if "value" in variable and any(
                word in variable["name"]
                for word in ("PASSWORD", "SECRET", "TOKEN", "CLICKHOUSE__URL")
            ):
                yield f"{name}: {variable['name']} is a secret in clear"
    for container in pod["containers"] if serves else []:
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe not in container:
                yield f"{container['name']}: no {probe}"


def _availability(manifests: Sequence[Manifest]) -> Iterator[str]:
    """What there are several of is spread over nodes, is not evicted all at once, and is counted by
    one party alone.
    """
    guarded = [
        one["spec"]["selector"]["matchLabels"]
        for one in manifests
        if one["kind"] == "PodDisruptionBudget"
    ]
    scaled = {
        one["spec"]["scaleTargetRef"]["name"]
        for one in manifests
        if one["kind"] in {"HorizontalPodAutoscaler", "ScaledObject"}
    }
    for manifest in manifests:
        if manifest["kind"] != "Deployment":
            continue
        name, spec = manifest["metadata"]["name"], manifest["spec"]
        if name in scaled and "replicas" in spec:
            yield f"Deployment {name}: replicas are set here and by a scaler"
        if name in scaled or spec.get("replicas", 1) > 1:
            if not any(_selects(labels, spec["template"]) for labels in guarded):
                yield f"Deployment {name}: no PodDisruptionBudget"
            if not spec["template"]["spec"].get("topologySpreadConstraints"):
                yield f"Deployment {name}: its pods may all be on one node"


def _network(manifests: Sequence[Manifest]) -> Iterator[str]:
    policies = [one["spec"] for one in manifests if one["kind"] == "NetworkPolicy"]
    nothing = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if nothing not in policies:
        yield "no NetworkPolicy denies what is not allowed"
    for policy in policies:
        for rule in [*policy.get("ingress", []), *policy.get("egress", [])]:
            if not rule.get("ports"):
                yield "a NetworkPolicy allows every port"
        for rule in policy.get("ingress", []):
            if not rule.get("from"):
                yield "a NetworkPolicy lets everybody in"


def _references(manifests: Sequence[Manifest]) -> Iterator[str]:
    pods = [pod for pod in map(pod_of, manifests) if pod is not None]
    deployments = {one["metadata"]["name"] for one in manifests if one["kind"] == "Deployment"}
    for manifest in manifests:
        kind, name, spec = manifest["kind"], manifest["metadata"]["name"], manifest.get("spec", {})
        if (
            kind in {"HorizontalPodAutoscaler", "ScaledObject"}
            and spec["scaleTargetRef"]["name"] not in deployments
        ):
            yield f"{kind} {name}: there is no {spec['scaleTargetRef']['name']}"
        selector = (
            spec.get("selector", {})
            if kind == "Service"
            else spec.get("selector", {}).get("matchLabels", {})
        )
        if kind in {"Service", "PodDisruptionBudget"} and not any(
            _selects(selector, pod) for pod in pods
        ):
            yield f"{kind} {name}: selects nothing"
        if kind == "Service":
            ports = {
                port["name"]
                for pod in pods
                if _selects(selector, pod)
                for container in pod["spec"]["containers"]
                for port in container["ports"]
            }
            yield from (
                f"Service {name}: no port {p['targetPort']}"
                for p in spec["ports"]
                if p["targetPort"] not in ports
            )


def _selects(labels: dict[str, str], pod: Manifest) -> bool:
    own: dict[str, str] = pod["metadata"]["labels"]
    return labels.items() <= own.items()
