"""Interface of the drift detectors: ``Detector``, its thresholds and its ``DriftReport``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from retrain.drift.core.samples import Window
from schemas.records import DriftKind


@dataclass(frozen=True, slots=True)
class DriftReport:
    """One detector on one window. ``effect``: the difference, in the detector's own unit;
    ``threshold``: from which it counts.

    ``p_value``: the chance of such a difference, or a larger one, without drift.
    """

    detector: str
    kind: DriftKind
    effect: float
    threshold: float
    p_value: float
    evidence: Mapping[str, object] = field(default_factory=dict)

    @property
    def large(self) -> bool:
        """Whether the difference counts, be it chance or not."""
        return self.effect >= self.threshold


Detect = Callable[[Window, Window], DriftReport | None]
"""Reference and current window → a report, or None where there is too little to look at."""


class Detector(Protocol):
    """Interface of a detector: a frozen dataclass that is a ``Detect``.

    Its fields are settings of the section ``drift``. Those made by ``threshold`` are its own; any
    other has the name of a setting that is there already, such as ``min_labels``. ``kind`` is the
    family that it is corrected with.
    """

    kind: ClassVar[DriftKind]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""


THRESHOLD: Final = "threshold"
"""Key of a ``Threshold`` in the metadata of a field."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What the setting of a threshold says: its meaning, a whole sentence, and its upper bound; the
    lower one is 0.
    """

    meaning: str
    most: float | None


def threshold(default: float, meaning: str, *, most: float | None = 1.0) -> Any:
    """Field of a detector that is a setting; ``make reference`` writes the section anew."""
    return field(default=default, metadata={THRESHOLD: Threshold(meaning, most)})
