"""List of the loop's components: modules that define ``COMPONENT``."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping

from retrain.runner.component import Component
from schemas.errors import InputError

PARTS: Mapping[str, str] = {
    "quality": "retrain.quality.quality_component",
    "drift": "retrain.drift.drift_component",
    "labelling": "retrain.labelling.labelling_component",
    "policy": "retrain.policy.policy_component",
    "trainer": "retrain.trainer.trainer_component",
    "promotion": "retrain.promotion.promotion_component",
    "review_facts": "retrain.review_facts.counting_component",
    "rules": "retrain.rules.rules_component",
    "notices": "retrain.notifications.loop_notifications",
    "alerts": "retrain.alerts.alert_sender",
}
"""By name the module, imported only where it runs. They know one another through Kafka and
ClickHouse alone.
"""


def chosen(only: Collection[str]) -> list[Component]:
    """The parts named, or all of them, and what they import. Raises ``InputError`` where there is
    no such part.
    """
    if unknown := sorted(set(only) - PARTS.keys()):
        raise InputError(f"the loop has no part {', '.join(unknown)}, only {', '.join(PARTS)}")
    return [
        importlib.import_module(module).COMPONENT
        for name, module in PARTS.items()
        if not only or name in only
    ]
