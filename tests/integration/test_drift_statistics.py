"""The statistics of drift beside Evidently's public metrics, which they are defined by, and the
HTML report that Evidently writes in a process of its own.
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import sparse

from retrain.drift import evidently_report
from retrain.drift.core.drift_statistics import FEW_VALUES, Name, Values, compare
from retrain.drift.core.drift_windows import Span
from retrain.drift.core.samples import DESCRIPTORS, Sample
from schemas.errors import PermanentError

SEEDS = some.integers(0, 2**32 - 1)
SIZES = some.integers(2, 400)


def evidently(name: Name, reference: Values, current: Values) -> float:
    """What Evidently reports of a column."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import ValueDrift

        kind = "categorical_columns" if name == "z" else "numerical_columns"
        definition = DataDefinition(**{kind: ["value"]})
        now, before = (
            Dataset.from_pandas(pd.DataFrame({"value": values}), data_definition=definition)
            for values in (current, reference)
        )
        report = Report([ValueDrift(column="value", method=name)]).run(now, before)
        [metric] = report.dict()["metrics"]
    return float(metric["value"])


def drawn(seed: int, sizes: tuple[int, int], decimals: int) -> tuple[Values, Values]:
    """Scores of two samples; the fewer the decimals, the fewer different values."""
    random = np.random.default_rng(seed)
    reference, current = (
        random.beta(random.uniform(0.5, 3), random.uniform(0.5, 3), size).round(decimals)
        for size in sizes
    )
    return reference, current


@pytest.mark.parametrize("name", ["ks", "wasserstein", "psi", "jensenshannon"])
@settings(max_examples=12, deadline=None, database=None)
@given(seed=SEEDS, sizes=some.tuples(SIZES, SIZES), decimals=some.sampled_from([0, 1, 2, 3, 12]))
def test_a_statistic_of_scores_is_what_evidently_reports(
    name: Name, seed: int, sizes: tuple[int, int], decimals: int
) -> None:
    reference, current = drawn(seed, sizes, decimals)
    expected, got = evidently(name, reference, current), compare(name, reference, current)
    if name in {"ks", "wasserstein"} or len(np.unique(reference)) > FEW_VALUES:
        assert got == expected
    else:  # Evidently adds the shares in the order of a set
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-7)


@settings(max_examples=12, deadline=None, database=None)
@given(sizes=some.tuples(SIZES, SIZES), shares=some.tuples(some.floats(0, 1), some.floats(0, 1)))
def test_the_z_test_of_labels_is_what_evidently_reports(
    sizes: tuple[int, int], shares: tuple[float, float]
) -> None:
    reference, current = (
        np.arange(size) < round(share * size) for size, share in zip(sizes, shares, strict=True)
    )
    assert compare("z", reference, current) == evidently("z", reference, current)


def sample(seed: int) -> Sample:
    random = np.random.default_rng(seed)
    return Sample(
        random.dirichlet([1, 1, 1], 60),
        random.random((60, len(DESCRIPTORS))),
        sparse.csr_matrix((60, 1)),
        np.arange(60, dtype=np.uint64),
    )


def span() -> Span:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return Span(start, start + timedelta(hours=1))


def test_the_html_report_shows_every_feature(tmp_path: Path) -> None:
    path = tmp_path / "reports" / evidently_report.name(span(), "en")
    evidently_report.write(path, sample(1), sample(2))
    html = path.read_text(encoding="utf8")
    assert all(feature in html for feature in (*DESCRIPTORS, "score", "confidence", "sentiment"))
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_report_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PermanentError, match=r"status 1: (Not a directory|File exists)"):
        evidently_report.write(tmp_path / "file" / "report.html", sample(1), sample(2))
