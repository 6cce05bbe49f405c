"""Evidently report: distribution of each feature in the reference and in the window. Contains no
texts.

A process of its own writes it: Evidently takes six seconds and 280 MB to import, which the loop
would pay at each start although reports are rare.
"""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from infra.whole_files import replaced_file
from models.labels import LABELS, classes, scores
from retrain.drift.core.drift_windows import Span
from retrain.drift.core.samples import DESCRIPTORS, Sample
from schemas.errors import PermanentError

LONGEST_S = 600
Side = tuple[Any, Any]
"""Probabilities [n, 3] and descriptors [n, len(DESCRIPTORS)]."""


def name(span: Span, segment: str) -> str:
    """A file name: the same for the same window and segment, another for any other."""
    plain, digest = (
        re.sub(r"[^A-Za-z0-9=,-]", "_", segment)[:80],
        hashlib.sha256(segment.encode()).hexdigest()[:8],
    )
    return f"{span.start:%Y%m%dT%H%M%S}-{span.end:%Y%m%dT%H%M%S}-{plain}-{digest}.html"


def write(path: Path, reference: Sample, current: Sample) -> None:
    """Write one HTML file that needs nothing beside it; what was there is replaced as a whole.

    Raises ``PermanentError`` with the reason where it could not be written.
    """
    arrays = io.BytesIO()
    np.savez(
        arrays,
        reference_probabilities=reference.probabilities,
        reference_descriptors=reference.descriptors,
        current_probabilities=current.probabilities,
        current_descriptors=current.descriptors,
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(path)],
            input=arrays.getvalue(),
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PermanentError(f"Evidently took longer than {LONGEST_S} s") from error
    if done.returncode:
        *_, reason = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason"]
        raise PermanentError(f"Evidently ended with status {done.returncode}: {reason}")


def write_here(path: Path, reference: Side, current: Side) -> None:
    """Write the file in this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        definition = DataDefinition(
            numerical_columns=["score", "confidence", *DESCRIPTORS],
            categorical_columns=["sentiment"],
        )
        sides = (
            Dataset.from_pandas(_frame(*side), data_definition=definition)
            for side in (current, reference)
        )
        snapshot = Report([DataDriftPreset()]).run(*sides)
        with replaced_file(path) as file:
            file.write(snapshot.get_html_str(as_iframe=False).encode())


def _frame(probabilities: Any, descriptors: Any) -> Any:
    import pandas as pd

    frame = pd.DataFrame(dict(zip(DESCRIPTORS, descriptors.T, strict=True)))
    frame["score"], frame["confidence"] = scores(probabilities), probabilities.max(axis=1)
    frame["sentiment"] = [LABELS[position] for position in classes(probabilities)]
    return frame


if __name__ == "__main__":
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as given:
        before = given["reference_probabilities"], given["reference_descriptors"]
        now = given["current_probabilities"], given["current_descriptors"]
    try:
        write_here(Path(sys.argv[1]), before, now)
    except OSError as error:
        sys.exit(error.strerror)
