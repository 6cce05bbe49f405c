"""Applications of the local stack, and their state as ``undertone status`` shows it."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.local import state
from infra.local.child import Liveness, ProcessSpec
from infra.local.door import PASSWORD_FILE, read_password
from infra.local.stack import GATEWAY
from infra.settings import Section, Settings, environment
from schemas.errors import BrokerUnavailable, ConfigurationError
from schemas.topics import REVIEWS_RAW

PROBE_TIMEOUT_S = 2.0
SESSION_TIMEOUT_S = 4.0
"""Less than Kafka allows as it is shipped. The local broker makes a group wait for half of it
whenever a member comes or goes.
"""
SINK_WAIT_MS = 250
"""Small inserts cost one machine little, and whoever tries a review wants to see it: the console
shows it within two seconds.
"""


def settings_for(settings: Settings, data_dir: Path | None) -> Settings:
    """The settings with ``data_dir``, where one is given, and what suits the local servers for all
    that was not set: addresses, the session timeout, and how long the sink gathers rows."""
    local = settings.local.model_copy(update={"data_dir": data_dir} if data_dir else {})
    update: dict[str, Section] = {"local": local}
    if "session_timeout_s" not in settings.kafka.model_fields_set:
        update["kafka"] = settings.kafka.model_copy(update={"session_timeout_s": SESSION_TIMEOUT_S})
    if "max_wait_ms" not in settings.sink.model_fields_set:
        update["sink"] = settings.sink.model_copy(update={"max_wait_ms": SINK_WAIT_MS})
    return settings.model_copy(update=update).with_local_addresses()


def applications(
    settings: Settings, workers: int, *, loop: bool = False, gateway: bool = False
) -> Sequence[ProcessSpec]:
    """Undertone's own processes, which start when the servers are ready."""
    roles = [
        *(("worker", f"worker-{number}") for number in range(1, workers + 1)),
        ("sink", "sink"),
    ]
    if loop:
        roles.append(("loop", "loop"))
    processes = [
        _process(settings, role, name, settings.local.metrics_port + i)
        for i, (role, name) in enumerate(roles)
    ]
    return (
        [*processes, _gateway(settings, settings.local.metrics_port + len(roles))]
        if gateway
        else processes
    )


def argv(settings: Settings, workers: int, *, loop: bool, gateway: bool) -> Sequence[str]:
    """The command that runs the stack in the foreground; everything else it takes from the
    environment.
    """
    options = (
        "--workers",
        str(workers),
        "--data-dir",
        str(settings.local.data_dir),
        *(("--loop",) if loop else ()),
    )
    options += ("--gateway" if gateway else "--no-gateway",)
    return sys.executable, "-m", "streams", "up", *options


def _process(settings: Settings, role: str, name: str, port: int) -> ProcessSpec:
    url = f"http://127.0.0.1:{port}"
    env = environment(settings) | {"UNDERTONE_METRICS__PORT": str(port)}
    argv = (sys.executable, "-m", "streams", role)
    return ProcessSpec(
        name=name,
        role=role,
        argv=argv,
        env=env,
        ready=f"{url}/health/ready",
        metrics=f"{url}/metrics",
        liveness=Liveness(f"{url}/health/live"),
    )


def _gateway(settings: Settings, metrics_port: int) -> ProcessSpec:
    local = settings.gateway.model_copy(update={"port": settings.local.gateway_port})
    process = _process(
        settings.model_copy(update={"gateway": local}), GATEWAY, GATEWAY, metrics_port
    )
    return replace(process, address=f"http://{local.host}:{local.port}")


def status(settings: Settings, data_dir: Path | None) -> dict[str, Any]:
    """Processes, addresses, the password of ClickHouse and registry for browsers, the model that
    scores and the workers' lag.

    What cannot be found out is None.
    """
    settings = settings_for(settings, data_dir)
    stack = state.read(settings.local.data_dir)
    if stack is None:
        return {"processes": [], "addresses": {}, "password": None, "model": None, "lag": None}
    processes = [process | _health(process) for process in stack["processes"]]
    return {
        "processes": processes,
        "addresses": stack["addresses"],
        "password": read_password(settings.local.data_dir / PASSWORD_FILE),
        "model": _model(processes),
        "lag": _lag(settings),
    }


def _health(process: Mapping[str, Any]) -> dict[str, Any]:
    """``ready``, None where there is nobody to ask, and the names of parts that are ``down``."""
    metrics = process["metrics"]
    if metrics is None:
        return {"ready": None, "down": []}
    try:
        with urllib.request.urlopen(
            metrics.replace("/metrics", "/health/ready"), timeout=PROBE_TIMEOUT_S
        ):
            return {"ready": True, "down": []}
    except urllib.error.HTTPError as refusal:
        with refusal:
            return {"ready": False, "down": json.loads(refusal.read()).get("down", [])}
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return {"ready": False, "down": []}


def _model(processes: Sequence[Mapping[str, Any]]) -> str | None:
    from prometheus_client.parser import text_string_to_metric_families

    for process in processes:
        text = _get(process["metrics"]) if process["role"] == "worker" else None
        families = text_string_to_metric_families(text or "")
        samples = [
            sample
            for family in families
            for sample in family.samples
            if sample.name == "undertone_model_info"
        ]
        if samples:
            return ", ".join(sorted(_described(sample.labels) for sample in samples))
    return None


def _described(live: Mapping[str, str]) -> str:
    return f"{live['name']} {live['version']} ({live['language']} {live['variant']})"


def _lag(settings: Settings) -> int | None:
    from infra.kafka.lag import GroupLag

    try:
        with closing(GroupLag(settings.kafka, "worker")) as lag:
            return sum(lag(REVIEWS_RAW.name).values())
    except (BrokerUnavailable, ConfigurationError):
        return None


def _get(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT_S) as reply:
            body: bytes = reply.read()
            return body.decode()
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return None
