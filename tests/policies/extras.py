"""Extras of pyproject.toml: which packages each names, and which its installation brings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from packaging.requirements import Requirement

from infra.extras import PROJECT, distribution, normalised
from tests.policies.import_graph import ROOT

PROCESSES: Mapping[str, tuple[str, ...]] = {
    "worker": ("streams.worker.worker_process",),
    "sink": ("streams.sink.sink_process", "infra.sinks.clickhouse", "infra.warehouse.http"),
    "gateway": ("streams.gateway.gateway_process", "infra.warehouse.http"),
    "loop": (
        "retrain.runner.loop_process",
        "retrain.quality.quality_component",
        "retrain.drift.drift_component",
        "retrain.labelling.labelling_component",
        "retrain.policy.policy_component",
        "retrain.trainer.trainer_component",
        "retrain.promotion.promotion_component",
        "retrain.rules.rules_component",
        "retrain.notifications.loop_notifications",
        "retrain.alerts.alert_sender",
        "models.registry.model_registry",
    ),
}
"""Extra → the modules that its process imports at its start."""


@cache
def extras() -> Mapping[str, tuple[Requirement, ...]]:
    """Extra → its requirements; "" → those of every installation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    listed = {"": project["dependencies"], **project["optional-dependencies"]}
    return {name: tuple(map(Requirement, each)) for name, each in listed.items()}


def named(extra: str) -> set[str]:
    """The packages that an extra names, itself or through others, and the base."""
    own = list(extras()[""] + extras()[extra])
    found: set[str] = set()
    while own:
        requirement = own.pop()
        if normalised(requirement.name) == PROJECT:
            own += [each for name in requirement.extras for each in extras()[name]]
        else:
            found.add(normalised(requirement.name))
    return found


def brought(extra: str) -> set[str]:
    """Those, and every package that they require as it is installed here."""
    waiting = [each for name in ("", extra) for each in extras()[name]]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = normalised(requirement.name)
        if name == PROJECT:
            waiting += [each for other in requirement.extras for each in extras()[other]]
            continue
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += _required(name, wanted)
    return {name for name, _ in seen}


def packages(modules: Iterable[str]) -> set[str]:
    """The packages that top-level modules belong to."""
    known = packages_distributions()
    return {
        normalised(package)
        for module in modules
        for package in known.get(module, [distribution(module)])
    }


def _required(package: str, extra: str) -> list[Requirement]:
    try:
        listed = [Requirement(each) for each in requires(package) or []]
    except PackageNotFoundError:  # of another platform
        return []
    return [
        each for each in listed if each.marker is None or each.marker.evaluate({"extra": extra})
    ]
