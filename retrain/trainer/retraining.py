"""One retraining, from request to event. Idempotent: the same request gives the same model and
event.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from infra.settings import RetrainingSettings, ScoringSettings, Settings
from infra.warehouse import connect
from models.artifact import artifact
from models.artifact.artifact import Artifact
from models.artifact.calibration import Floats, Labels
from models.inference.classifier import Classifier
from models.registry.model_registry import Registry, Version
from models.registry.references import registered, resolve
from models.rollout import announcements
from models.rollout.traffic import ANY_LANGUAGE, as_champion
from models.training import adaptation
from retrain.quality.retraining_hold import held
from retrain.shared import training_data as datasets
from retrain.shared.core import label_noise
from retrain.shared.core.examples import TRUSTED, Dataset, Example
from retrain.trainer.candidate_models import Candidate, candidates, lessons, out_of_fold, said
from retrain.trainer.core import answer_events, candidate_card
from retrain.trainer.core.acceptance import (
    Acceptance,
    Answers,
    Criteria,
    comparable,
    judge,
    rounded,
)
from retrain.trainer.core.answer_events import TrainingAnswer
from schemas.errors import InputError, PermanentError
from schemas.records import RetrainingRequested, Variant

log = logging.getLogger("undertone.trainer")


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate and what is thought of it."""

    candidate: Candidate
    acceptance: Acceptance
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """``accepted``: the best of the candidates that are better than the champion. ``evidence`` is
    for the event.
    """

    judged: Sequence[Judged]
    reasons: tuple[str, ...]
    evidence: dict[str, Any] = field(repr=False)

    @property
    def accepted(self) -> Judged | None:
        """None: the champion stays."""
        better = [each for each in self.judged if each.acceptance.better]
        return max(better, key=lambda each: each.acceptance.recent.balanced_gain, default=None)


def answer(settings: Settings, request: RetrainingRequested) -> TrainingAnswer:
    """Train, compare, register; what there is to tell of it. Raises ``TransientError`` of whatever
    is away.
    """
    champion = announcements.champions(settings).get(request.language)
    if champion is None:
        return answer_events.refusal(request.model_name, f"no champion serves {request.language}")
    if request.reason != "manual" and champion.model_version != request.model_version:
        reason = (
            f"asked for something better than {request.model_version}, but "
            f"{champion.model_version} serves by now"
        )
        return answer_events.refusal(champion.model_name, reason)
    try:
        return _trained(settings, request, champion)
    except (
        PermanentError
    ) as error:  # the data, the settings or a model, not the world: waiting would not help
        return answer_events.refusal(champion.model_name, str(error))


def _trained(settings: Settings, request: RetrainingRequested, champion: Variant) -> TrainingAnswer:
    model = artifact.load(resolve(champion.uri, settings.models))
    golden = datasets.golden_set(settings.retraining, request.language)
    with connect(settings.clickhouse) as warehouse:
        if unsound := held(warehouse, request.created_at, settings.retraining.hold_s):
            return answer_events.refusal(
                model.name, f"held, the data is not sound: {'; '.join(unsound)}"
            )
        data = datasets.load(
            warehouse, settings.retraining, request.language, request.created_at, golden
        )
    given = (
        artifact.load(resolve(request.candidate, settings.models)) if request.candidate else None
    )
    if given is not None and {request.language} - {ANY_LANGUAGE} - set(given.languages):
        raise InputError(f"{request.candidate} knows only {', '.join(given.languages)}")
    outcome = retrain(settings.retraining, model, data, golden, given)
    evidence = {"champion": champion.model_version, **outcome.evidence}
    chosen = outcome.accepted
    if chosen is None:
        best = max(
            outcome.judged, key=lambda each: each.acceptance.recent.balanced_gain, default=None
        )
        return answer_events.refusal(
            model.name,
            "; ".join(outcome.reasons),
            evidence,
            best.candidate.artifact.version if best else answer_events.NONE,
        )
    registry = Registry(settings.models)
    version = (
        registered(request.candidate, registry)
        if given
        else _registered(registry, chosen, model.name, request.request_id)
    )
    recent, golden_side = chosen.acceptance.recent, chosen.acceptance.golden
    reason = (
        f"{chosen.candidate.kind}: balanced accuracy on {recent.reviews} recent reviews with "
        f"feedback {100 * recent.champion_balanced:.1f} → {100 * recent.candidate_balanced:.1f}, "
        f"accuracy on the golden set {100 * golden_side.champion:.2f} → "
        f"{100 * golden_side.candidate:.2f}"
    )
    challenger = as_champion(version.name, version.fingerprint, version.reference)
    return TrainingAnswer("registered", challenger, reason, evidence)


def _registered(registry: Registry, chosen: Judged, name: str, request_id: str) -> Version:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        written = candidate_card.candidate_card(chosen.candidate, chosen.acceptance, request_id)
        artifact.save(chosen.candidate.artifact, folder, written)
        return registry.register(folder, name)


def retrain(
    settings: RetrainingSettings,
    champion: Artifact,
    data: Dataset,
    golden: Sequence[Example],
    given: Artifact | None = None,
) -> Outcome:
    """Candidates, or the one ``given`` instead, and what is thought of each; or why there are
    none."""
    evidence: dict[str, Any] = {"dataset_sha256": data.sha256, "examples": data.counts()}
    count = len(data.learnt) + len(data.held_out)
    if count < settings.min_feedback:
        return Outcome(
            (), (f"only {count} labelled reviews, {settings.min_feedback} are needed",), evidence
        )
    held_out = comparable(data.held_out, settings.trusted)
    if (
        len({example.positive for example in data.learnt}) < 2
        or len({example.positive for example in held_out}) < 2
    ):
        return Outcome((), ("all labels are the same",), evidence)
    logits = said(adaptation.base_of(champion), [example.text for example in data.learnt])
    scores, labels = out_of_fold(champion, data.learnt, logits), lessons(data.learnt).positive
    estimate = label_noise.share(scores, labels)
    evidence["noise"] = round(estimate, 4)
    if estimate > settings.max_noise:
        return Outcome(
            (), (f"an estimated {100 * estimate:.0f}% of the labels are wrong",), evidence
        )
    noisy = estimate > settings.noisy
    kept = (
        believed(data.learnt, label_noise.suspicious(scores, labels))
        if noisy
        else np.ones(len(labels), np.bool_)
    )
    evidence["left_out"] = int(np.sum(~kept))
    learnt = [example for example, keep in zip(data.learnt, kept, strict=True) if keep]
    compared = _asked(champion, held_out), _asked(champion, golden)
    criteria = Criteria(settings.min_gain, settings.max_loss)
    judged = []
    began = time.perf_counter()
    for candidate in (
        [Candidate("given", given)] if given else candidates(champion, data, learnt, logits[kept])
    ):
        seconds = time.perf_counter() - began
        sides = [
            Answers(before, _asked(candidate.artifact, examples), lessons(examples).positive)
            for before, examples in zip(compared, (held_out, golden), strict=True)
        ]
        judged.append(Judged(candidate, judge(sides[0], sides[1], criteria), seconds))
        log.info("candidate %s %s: %.1f s", candidate.kind, candidate.artifact.version, seconds)
        began = time.perf_counter()
    evidence["candidates"] = [
        {
            "kind": each.candidate.kind,
            "version": each.candidate.artifact.version,
            "seconds": rounded(each.seconds),
            **each.acceptance.as_document(),
        }
        for each in judged
    ]
    reasons = tuple(
        f"{each.candidate.kind}: {reason}" for each in judged for reason in each.acceptance.reasons
    )
    return Outcome(judged, reasons or ("no candidate could be trained",), evidence)


def believed(learnt: Sequence[Example], suspicious: Labels) -> Labels:
    """Keep suspicious labels that come from trusted sources."""
    return ~suspicious | np.array([example.origin in TRUSTED for example in learnt], np.bool_)


def _asked(model: Artifact, examples: Sequence[Example]) -> Floats:
    return Classifier.start(model, ScoringSettings()).score([example.text for example in examples])
