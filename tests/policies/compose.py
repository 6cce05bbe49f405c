"""Of a compose file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.policies import images

OURS = "undertone-"


def complaints(document: dict[str, Any]) -> Iterator[str]:
    """Fixed images, bounded resources, an order by health, ports for this machine alone, no secrets
    in clear.
    """
    services: dict[str, dict[str, Any]] = document["services"]
    for name, service in services.items():
        yield from images.of_reference(service["image"])
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        if not {"cpus", "memory"} <= limits.keys():
            yield f"{name}: no limits of cpus and memory"
        for port in service.get("ports", []):
            if not str(port).startswith("127.0.0.1:"):
                yield f"{name}: port {port} is open to the network"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name}: may gain privileges"
        if service.get("privileged") or service.get("network_mode") == "host":
            yield f"{name}: is not contained"
        if service["image"].startswith(OURS) and not (
            service.get("read_only") and service.get("cap_drop") == ["ALL"]
        ):
            yield f"{name}: may write to its root file system or has capabilities"
        for variable, value in (service.get("environment") or {}).items():
            secret = any(word in variable.upper() for word in ("PASSWORD", "SECRET__", "TOKEN"))
            if (
                secret and not str(value).startswith("/run/secrets")
            ) or variable == "UNDERTONE_CLICKHOUSE__URL":
                yield f"{name}: {variable} is a secret in clear"
        for secret in service.get("secrets", []):
            source = secret if isinstance(secret, str) else secret["source"]
            if source not in document["secrets"]:
                yield f"{name}: there is no secret {source}"
        yield from _order(name, service, services)


def _order(
    name: str, service: dict[str, Any], services: dict[str, dict[str, Any]]
) -> Iterator[str]:
    for other, how in service.get("depends_on", {}).items():
        wanted = services.get(other)
        if wanted is None:
            yield f"{name}: waits for {other}, which there is not"
        elif how["condition"] == "service_started":
            yield f"{name}: does not wait until {other} is well"
        elif how["condition"] == "service_healthy" and not (
            wanted.get("healthcheck") or wanted["image"].startswith(OURS)
        ):
            yield f"{name}: waits for the health of {other}, which has no health check"
