"""The policies of manifests find the mistakes that they are there for. The real manifests meet them
in tests/integration.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.policies import kubernetes

GOOD: list[dict[str, Any]] = list(
    yaml.safe_load_all("""
kind: Deployment
metadata: {name: a}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: a}}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile: {type: RuntimeDefault}
      topologySpreadConstraints: [{topologyKey: kubernetes.io/hostname}]
      containers:
        - name: c
          image: a:1.2.3
          ports: [{name: http, containerPort: 80}]
          securityContext:
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
          resources: {requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1, memory: 1Gi}}
          startupProbe: {}
          readinessProbe: {}
          livenessProbe: {}
---
kind: PodDisruptionBudget
metadata: {name: a}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: a}}}
---
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: http}]}
---
kind: NetworkPolicy
metadata: {name: none}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
kind: NetworkPolicy
metadata: {name: some}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]}
""")
)
Change = Callable[[dict[str, Any], dict[str, Any], list[dict[str, Any]]], object]


def test_what_is_right_is_not_complained_of() -> None:
    assert list(kubernetes.complaints(GOOD)) == []


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [
        (
            lambda pod, container, all_: pod["securityContext"].pop("runAsNonRoot"),
            "may run as root",
        ),
        (
            lambda pod, container, all_: pod["securityContext"].update(runAsUser=0),
            "may run as root",
        ),
        (
            lambda pod, container, all_: pod["securityContext"].pop("seccompProfile"),
            "no seccomp profile",
        ),
        (lambda pod, container, all_: pod.update(hostNetwork=True), "is not contained"),
        (
            lambda pod, container, all_: pod.update(volumes=[{"hostPath": {"path": "/"}}]),
            "is not contained",
        ),
        (
            lambda pod, container, all_: pod.pop("automountServiceAccountToken"),
            "token of the cluster",
        ),
        (
            lambda pod, container, all_: pod.pop("topologySpreadConstraints"),
            "may all be on one node",
        ),
        (lambda pod, container, all_: container.update(image="a"), "c: a: no fixed tag"),
        (lambda pod, container, all_: container.update(image="a:latest"), "a:latest: no fixed tag"),
        (
            lambda pod, container, all_: pod.update(
                initContainers=[{**container, "image": "b:latest"}]
            ),
            "b:latest: no fixed tag",
        ),
        (
            lambda pod, container, all_: container["securityContext"].update(
                readOnlyRootFilesystem=False
            ),
            "may write to its root",
        ),
        (
            lambda pod, container, all_: container["securityContext"].pop(
                "allowPrivilegeEscalation"
            ),
            "may gain privileges",
        ),
        (
            lambda pod, container, all_: container["securityContext"].pop("capabilities"),
            "keeps capabilities",
        ),
        (
            lambda pod, container, all_: container["resources"]["limits"].pop("memory"),
            "no limits of cpu and memory",
        ),
        (
            lambda pod, container, all_: container["resources"].pop("requests"),
            "no requests of cpu and memory",
        ),
        (lambda pod, container, all_: container.pop("startupProbe"), "no startupProbe"),
        (lambda pod, container, all_: container.pop("readinessProbe"), "no readinessProbe"),
        (lambda pod, container, all_: container.pop("livenessProbe"), "no livenessProbe"),
        (
            lambda pod, container, all_: container.update(
                env=[{"name": "A_PASSWORD", "value": "b"}]
            ),
            "A_PASSWORD is a secret",
        ),
        (
            lambda pod, container, all_: container.update(ports=[{"name": "web"}]),
            "Service a: no port http",
        ),
        (
            lambda pod, container, all_: all_.append({"kind": "Secret", "metadata": {"name": "s"}}),
            "secrets do not belong here",
        ),
        (lambda pod, container, all_: all_.pop(1), "no PodDisruptionBudget"),
        (
            lambda pod, container, all_: all_[1]["spec"]["selector"].update(
                matchLabels={"app": "b"}
            ),
            "selects nothing",
        ),
        (
            lambda pod, container, all_: all_[2]["spec"].update(selector={"app": "b"}),
            "Service a: selects nothing",
        ),
        (lambda pod, container, all_: all_.pop(3), "no NetworkPolicy denies"),
        (
            lambda pod, container, all_: all_[4]["spec"]["ingress"][0].pop("ports"),
            "allows every port",
        ),
        (
            lambda pod, container, all_: all_[4]["spec"]["ingress"][0].pop("from"),
            "lets everybody in",
        ),
        (
            lambda pod, container, all_: all_.append(scaler("a")),
            "replicas are set here and by a scaler",
        ),
        (lambda pod, container, all_: all_.append(scaler("b")), "ScaledObject s: there is no b"),
    ],
)
def test_a_mistake_is_found(mistake: Change, complaint: str) -> None:
    manifests = copy.deepcopy(GOOD)
    pod = manifests[0]["spec"]["template"]["spec"]
    mistake(pod, pod["containers"][0], manifests)
    assert any(complaint in found for found in kubernetes.complaints(manifests)), list(
        kubernetes.complaints(manifests)
    )


def scaler(name: str) -> dict[str, Any]:
    return {
        "kind": "ScaledObject",
        "metadata": {"name": "s"},
        "spec": {"scaleTargetRef": {"name": name}},
    }
