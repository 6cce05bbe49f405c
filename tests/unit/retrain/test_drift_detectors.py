"""What each detector says of windows that differ in one thing, and of windows that do not
differ."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from infra import drift_thresholds
from infra.section import selected
from infra.settings import DriftSettings
from models.labels import NEUTRAL, POSITIVE, both, by_label
from retrain.drift.core.detection import DETECTORS, FAMILIES, judge, strongest
from retrain.drift.core.detectors.concept_drift import (
    AccuracyDrift,
    CalibrationDrift,
    EstimatedAccuracyDrift,
)
from retrain.drift.core.detectors.covariate_drift import DescriptorDrift, VocabularyDrift
from retrain.drift.core.detectors.domain_classifier import DomainDrift, aucs, features, held_out
from retrain.drift.core.detectors.error_sequence import ErrorDrift
from retrain.drift.core.detectors.prediction_drift import LabelDrift, ScoreDrift
from retrain.drift.core.drift_statistics import compare
from retrain.drift.core.finding import THRESHOLD, Detect, Detector, DriftReport
from retrain.drift.core.samples import NOTHING, Judged, Sample, Window, sample, together
from retrain.drift.core.segments import Reviews, segments
from retrain.drift.drift_component import detectors
from retrain.drift.settings_section import section

DRIFT = DriftSettings()
EVEN = np.array([[0.5, 0.0, 0.5]])


def made(detector: type[Detector]) -> Detector:
    """With the default settings."""
    return selected(detector, DRIFT)


def thresholds() -> dict[str, object]:
    """Setting to default, of every detector that owns it."""
    return {
        each.name: each.default
        for detector in DETECTORS
        for each in fields(detector)
        if THRESHOLD in each.metadata
    }


WORDS = [f"{first}{second}{third}" for first in "bdfgk" for second in "aeiou" for third in "lmnr"]
OTHERS = [word.upper().lower()[::-1] + "s" for word in WORDS]


def texts(number: int, seed: int, words: list[str] = WORDS, length: int = 20) -> list[str]:
    chance = np.random.default_rng(seed)
    return [
        " ".join(chance.choice(words, chance.integers(length // 2, length * 2)))
        for _ in range(number)
    ]


def scored(
    number: int,
    seed: int,
    *,
    sure: float = 0.9,
    positive: float = 0.5,
    words: list[str] = WORDS,
    length: int = 20,
) -> Sample:
    chance = np.random.default_rng(seed)
    confidence = np.clip(chance.normal(sure, 0.06, number), 0.5, 0.999)
    return sample(
        texts(number, seed, words, length),
        by_label(both(np.where(chance.random(number) < positive, confidence, 1 - confidence))),
    )


def in_three(
    number: int, seed: int, *, neutral: float, sure: tuple[float, float] = (0.9, 0.9)
) -> Sample:
    """By a model of three classes; ``sure``: P(label) of neutral texts, and of others."""
    chance = np.random.default_rng(seed)
    labels = np.where(chance.random(number) < neutral, NEUTRAL, 2 * (chance.random(number) < 0.5))
    confidence = np.clip(chance.normal(np.where(labels == NEUTRAL, *sure), 0.04), 0.5, 0.999)
    rows = np.repeat((1 - confidence)[:, None] / 2, 3, axis=1)
    rows[np.arange(number), labels] = confidence
    return sample(texts(number, seed), rows)


def judged(number: int, seed: int, *, says: float = 0.9, right: float = 0.9) -> Judged:
    chance = np.random.default_rng(seed)
    return Judged(np.full(number, says), chance.random(number) < right)


REFERENCE = Window(scored(600, 1), judged(400, 1))
DIFFERENT: dict[str, tuple[type[Detector], Window]] = {
    "longer texts": (DescriptorDrift, Window(scored(300, 2, length=40))),
    "words never seen": (VocabularyDrift, Window(scored(300, 2, words=[*WORDS, *OTHERS[:20]]))),
    "other words": (DomainDrift, Window(together(scored(225, 2), scored(75, 3, words=WORDS[:40])))),
    "less extreme scores": (ScoreDrift, Window(scored(300, 2, sure=0.75))),
    "more positive": (LabelDrift, Window(scored(300, 2, positive=0.7))),
    "less right": (AccuracyDrift, Window(scored(300, 2), judged(300, 2, right=0.75))),
    "surer than right": (
        CalibrationDrift,
        Window(scored(300, 2), judged(300, 2, says=0.95, right=0.75)),
    ),
    "less sure": (EstimatedAccuracyDrift, Window(scored(300, 2, sure=0.8))),
    "errors begin": (
        ErrorDrift,
        Window(scored(300, 2), judged(300, 2, right=0.6), judged(1000, 3)),
    ),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_each_detector_sees_what_it_is_for(what: str) -> None:
    detector, window = DIFFERENT[what]
    report = made(detector)(REFERENCE, window)
    assert report is not None
    assert report.large, report
    assert report.p_value < 0.001, report


SAME = Window(scored(300, 12), judged(300, 12), judged(1000, 13))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: each.__name__)
def test_no_detector_sees_drift_where_there_is_none(detector: type[Detector]) -> None:
    report = made(detector)(REFERENCE, SAME)
    assert report is None or not (report.large and report.p_value < 0.01), report


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: each.__name__)
def test_detectors_answer_the_same_when_asked_again_and_nothing_where_there_is_nothing(
    detector: type[Detector],
) -> None:
    detect = made(detector)
    assert detect(REFERENCE, SAME) == detect(REFERENCE, SAME)
    empty = Window(sample([], EVEN[:0]), NOTHING)
    assert detect(empty, empty) is None


def test_every_detector_is_found_by_its_file_and_has_its_own_thresholds() -> None:
    assert {detector for detector, _ in DIFFERENT.values()} <= {*DETECTORS}
    assert [FAMILIES.index(each.kind) for each in DETECTORS] == sorted(
        FAMILIES.index(each.kind) for each in DETECTORS
    )
    for detector in detectors(DRIFT.model_copy(update=dict.fromkeys(thresholds(), 0.77))):
        own = [each.name for each in fields(detector) if THRESHOLD in each.metadata]
        assert {getattr(detector, name) for name in own} <= {0.77}


def test_the_settings_of_the_detectors_are_made_from_them() -> None:
    # Where this fails: make reference.
    assert Path(drift_thresholds.__file__).read_text(encoding="utf8") == section()
    assert {*drift_thresholds.DriftThresholds.model_fields} == {*thresholds()}
    for name, default in thresholds().items():
        assert getattr(DRIFT, name) == default


def test_of_three_classes_neutral_texts_are_as_sure_as_the_probability_of_their_label() -> None:
    before = Window(in_three(600, 1, neutral=0.1))
    more = made(EstimatedAccuracyDrift)(before, Window(in_three(300, 2, neutral=0.7)))
    assert more is not None
    assert abs(more.effect) < 0.01, "their score is 0.5, and the model is as sure as before"
    unsure = Window(in_three(300, 2, neutral=0.7, sure=(0.6, 0.9)))
    fallen = made(EstimatedAccuracyDrift)(before, unsure)
    assert fallen is not None
    assert fallen.effect == pytest.approx(0.7 * 0.3, abs=0.03)


def test_of_three_classes_the_share_of_neutral_drifts_too() -> None:
    before, after = (Window(in_three(600, n, neutral=0.2 * n)) for n in (1, 2))
    report = made(LabelDrift)(before, after)
    assert report is not None
    assert report.large
    assert report.p_value < 0.001
    shares = report.evidence["neutral"]
    assert isinstance(shares, dict)
    assert shares["current"] - shares["reference"] == pytest.approx(report.effect, abs=1e-3)


def test_of_two_labels_label_drift_is_the_z_test_of_two_proportions() -> None:
    now = Window(scored(300, 2, positive=0.6))
    report = made(LabelDrift)(REFERENCE, now)
    assert report is not None
    positive = [window.scored.labels == POSITIVE for window in (REFERENCE, now)]
    assert report.p_value == pytest.approx(compare("z", *positive))
    assert report.effect == pytest.approx(abs(positive[0].mean() - positive[1].mean()))


def test_calibration_is_that_of_the_label_which_may_be_neutral() -> None:
    said = np.repeat([[0.1, 0.8, 0.1], [0.1, 0.1, 0.8]], 200, axis=0)
    labels = np.repeat([NEUTRAL, POSITIVE], 200)
    truth = np.where(np.arange(400) % 5 == 0, 0, labels)
    report = made(CalibrationDrift)(
        REFERENCE, Window(scored(10, 2), Judged.of(said, labels, truth))
    )
    assert report is not None
    assert report.evidence["ece"] == pytest.approx(0)


def test_few_reviews_must_differ_more() -> None:
    few, many = (
        made(LabelDrift)(REFERENCE, Window(scored(number, 5, positive=0.65)))
        for number in (20, 2000)
    )
    assert few is not None
    assert many is not None
    assert many.p_value < 1e-6 < few.p_value


def test_placeholders_of_masked_data_are_no_words() -> None:
    plain, masked = sample(["bal dem"], EVEN), sample(["<PERSON> bal <LOCATION> dem"], EVEN)
    assert (plain.words != masked.words).nnz == 0


def test_texts_that_both_sides_have_are_not_recognised() -> None:
    again = Window(REFERENCE.scored.take(np.random.default_rng(0).integers(0, 600, 300)))
    assert made(DomainDrift)(REFERENCE, again) is None, "nothing is left that only one of them has"
    half = Window(together(again.scored, scored(200, 9)))
    report = made(DomainDrift)(REFERENCE, half)
    assert report is not None
    assert report.p_value > 0.01


def test_leave_one_out_in_closed_form_is_that_of_fitting_again() -> None:
    both = together(scored(30, 1), scored(30, 2, words=OTHERS))
    cells, sides = features(both), np.repeat([[0.0], [1.0]], 30, axis=0)
    penalty = np.diag([*[10.0] * (cells.shape[1] - 1), 1e-6])
    for row in (0, 17, 59):
        others = np.arange(60) != row
        weights = np.linalg.solve(
            cells[others].T @ cells[others] + penalty, cells[others].T @ sides[others]
        )
        assert held_out(cells, sides)[row] == pytest.approx(cells[row] @ weights)


def test_auc_is_that_of_mann_and_whitney_with_ties() -> None:
    chance = np.random.default_rng(0)
    values, sides = (
        chance.integers(0, 5, (50, 1)).astype(float),
        (chance.random((50, 1)) < 0.4).astype(float),
    )
    expected = stats.mannwhitneyu(values[sides == 1], values[sides == 0]).statistic / (
        sides.sum() * (50 - sides.sum())
    )
    assert aucs(values, sides)[0] == pytest.approx(expected)


def test_a_change_that_is_over_does_not_fire_again() -> None:
    before = Judged(
        *(
            np.concatenate(parts)
            for parts in zip(
                *((j.confidence, j.right) for j in (judged(800, 1), judged(800, 2, right=0.6))),
                strict=True,
            )
        )
    )
    report = made(ErrorDrift)(REFERENCE, Window(SAME.scored, judged(300, 3, right=0.6), before))
    assert report is not None
    assert report.effect == 0


def report(kind: str, p_value: float, effect: float) -> Detect:
    return lambda *_: DriftReport(f"{kind}-{p_value}", kind, effect, 0.1, p_value)  # type: ignore[arg-type]


def test_findings_are_corrected_within_their_family_over_all_segments() -> None:
    windows = {"a": (REFERENCE, SAME), "b": (REFERENCE, SAME)}
    reports = [
        report("input", 0.001, 0.2),
        report("input", 0.004, 0.2),
        report("concept", 0.004, 0.2),
    ]
    found = {
        (each.segment, each.report.detector): (round(each.p_value, 4), each.drifted)
        for each in judge(windows, reports, 0.01)
    }
    for segment in windows:
        assert found[segment, "input-0.001"] == (0.004, True)
        assert found[segment, "input-0.004"] == (0.008, True)
        assert found[segment, "concept-0.004"] == (0.008, True)


def test_what_is_certain_but_small_and_what_is_large_but_chance_is_no_drift() -> None:
    windows = {"a": (REFERENCE, SAME)}
    found = judge(
        windows,
        [report("input", 1e-9, 0.05), report("prediction", 0.2, 5.0), report("concept", 1e-9, 0.3)],
        0.01,
    )
    assert [each.drifted for each in found] == [False, False, True]
    assert strongest(found).report.kind == "concept"


def test_segments_are_those_that_the_reference_knows_and_that_are_large_enough() -> None:
    known = Reviews(scored(60, 1), ["p1"] * 30 + ["p2"] * 20 + [""] * 10, ["web"] * 60)
    now = Reviews(scored(60, 2), ["p1"] * 25 + ["p3"] * 25 + [""] * 10, ["app"] * 60)
    found = segments("en", known, now, ("product", "source"), least=25, most=5)
    assert list(found) == ["language=en", "language=en,product=p1"]
    assert [len(side) for side in found["language=en,product=p1"]] == [30, 25]
