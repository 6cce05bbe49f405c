"""Evidently report: distribution of each feature in the reference and in the window. Contains no
texts.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from pathlib import Path
from typing import Any

from infra.whole_files import replaced_file
from retrain.drift.core.drift_windows import Span
from retrain.drift.core.samples import DESCRIPTORS, Sample


def name(span: Span, segment: str) -> str:
    """A file name: the same for the same window and segment, another for any other."""
    plain, digest = (
        re.sub(r"[^A-Za-z0-9=,-]", "_", segment)[:80],
        hashlib.sha256(segment.encode()).hexdigest()[:8],
    )
    return f"{span.start:%Y%m%dT%H%M%S}-{span.end:%Y%m%dT%H%M%S}-{plain}-{digest}.html"


def write(path: Path, reference: Sample, current: Sample) -> None:
    """Write one HTML file that needs nothing beside it; what was there is replaced as a whole."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        definition = DataDefinition(
            numerical_columns=["score", "confidence", *DESCRIPTORS],
            categorical_columns=["sentiment"],
        )
        sides = (
            Dataset.from_pandas(_frame(each), data_definition=definition)
            for each in (current, reference)
        )
        snapshot = Report([DataDriftPreset()]).run(*sides)
        with replaced_file(path) as file:
            snapshot.save_html(str(file.name))


def _frame(sample: Sample) -> Any:
    import pandas as pd

    frame = pd.DataFrame(dict(zip(DESCRIPTORS, sample.descriptors.T, strict=True)))
    frame["score"], frame["confidence"] = sample.scores, sample.confidence
    frame["sentiment"] = ["positive" if score >= 0.5 else "negative" for score in sample.scores]
    return frame
