"""List of the loop's components: modules whose ``run(settings, stop)`` returns once ``stop`` is
set.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Collection, Mapping

from infra.settings import Settings
from schemas.errors import InputError

Run = Callable[[Settings, threading.Event], None]

PARTS: Mapping[str, str] = {
    "quality": "retrain.quality.quality_component",
    "drift": "retrain.drift.drift_component",
    "labelling": "retrain.labelling.labelling_component",
    "policy": "retrain.policy.policy_component",
    "trainer": "retrain.trainer.trainer_component",
    "promotion": "retrain.promotion.promotion_component",
    "rules": "retrain.rules.rules_component",
    "notices": "retrain.notifications.loop_notifications",
    "alerts": "retrain.alerts.alert_sender",
}
"""By name the module, imported only where it runs. They know one another through Kafka and
ClickHouse alone.
"""


def chosen(only: Collection[str]) -> Mapping[str, Run]:
    """The parts named, or all of them, and what they import. Raises ``InputError`` where there is
    no such part.
    """
    if unknown := sorted(set(only) - PARTS.keys()):
        raise InputError(f"the loop has no part {', '.join(unknown)}, only {', '.join(PARTS)}")
    return {
        name: importlib.import_module(module).run
        for name, module in PARTS.items()
        if not only or name in only
    }
