"""What ``undertone up`` starts besides the servers."""

from __future__ import annotations

from pathlib import Path

import yaml

from infra.local.child import Liveness
from infra.local.stack import addresses
from infra.settings import GatewaySettings, LocalSettings, Settings
from streams.devstack.stack_applications import applications, argv

SETTINGS = Settings(
    local=LocalSettings(gateway_port=18000, metrics_port=19000), gateway=GatewaySettings(burst=500)
)


def test_each_process_has_a_port_for_its_metrics_and_the_gateway_one_of_its_own_beside() -> None:
    started = applications(SETTINGS, 2, loop=True, gateway=True)
    assert [spec.name for spec in started] == ["worker-1", "worker-2", "sink", "loop", "gateway"]
    assert [spec.metrics for spec in started] == [
        f"http://127.0.0.1:{port}/metrics" for port in range(19000, 19005)
    ]
    gateway = started[-1]
    assert gateway.argv[-1] == "gateway"
    assert (gateway.env["UNDERTONE_GATEWAY__PORT"], gateway.env["UNDERTONE_GATEWAY__BURST"]) == (
        "18000",
        "500",
    )
    assert (
        gateway.address == addresses(SETTINGS.local, started)["gateway"] == "http://127.0.0.1:18000"
    )


def test_a_process_is_ended_when_kubernetes_would_end_it() -> None:
    [manifest] = yaml.safe_load_all(
        (Path(__file__).parents[3] / "infra/k8s/base/process.yaml").read_text()
    )
    [container] = manifest["spec"]["template"]["spec"]["containers"]
    startup, probe = container["startupProbe"], container["livenessProbe"]
    for spec in applications(SETTINGS, 1, loop=True, gateway=True):
        assert spec.liveness == Liveness(
            url=str(spec.metrics).replace("/metrics", probe["httpGet"]["path"]),
            startup_s=startup["periodSeconds"] * startup["failureThreshold"],
            period_s=probe["periodSeconds"],
            timeout_s=probe["timeoutSeconds"],
            failures=probe["failureThreshold"],
        )


def test_without_a_gateway_there_is_none() -> None:
    started = applications(SETTINGS, 1)
    assert [spec.name for spec in started] == ["worker-1", "sink"]
    assert "gateway" not in addresses(SETTINGS.local, started)


def test_what_is_detached_is_told_what_to_start() -> None:
    assert argv(SETTINGS, 3, loop=True, gateway=False)[3:] == (
        "up", "--workers", "3", "--data-dir", ".undertone", "--loop", "--no-gateway",
    )  # fmt: skip
    assert argv(SETTINGS, 1, loop=False, gateway=True)[-1] == "--gateway"
