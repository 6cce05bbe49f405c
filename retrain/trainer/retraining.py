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

from infra.settings import RetrainingSettings, Settings
from infra.warehouse import connect
from models.artifact import artifact
from models.artifact.artifact import ENGLISH, Artifact
from models.artifact.calibration import Labels
from models.registry.model_registry import Registry, Version
from models.registry.references import registered, resolve
from models.rollout import announcements
from models.rollout.traffic import as_champion, may_serve
from models.training import adaptation
from retrain.quality.retraining_hold import held
from retrain.shared import training_data as datasets
from retrain.shared.core import label_noise
from retrain.shared.core.examples import TRUSTED, Dataset, Example
from retrain.trainer.candidate_models import (
    Candidate,
    Lesson,
    candidates,
    lessons,
    out_of_fold,
    said,
)
from retrain.trainer.candidate_trial import Trial
from retrain.trainer.core import answer_events, candidate_card
from retrain.trainer.core.acceptance import Acceptance, rounded
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
    golden = datasets.golden_set(settings.retraining)
    with connect(settings.clickhouse) as warehouse:
        if unsound := held(warehouse, request.created_at, settings.retraining.hold_s):
            return answer_events.refusal(
                model.name, f"held, the data is not sound: {'; '.join(unsound)}"
            )
        data = datasets.load(
            warehouse,
            settings.retraining,
            request.language,
            request.created_at,
            golden,
            neutral=model.multilingual,
        )
    given = (
        artifact.load(resolve(request.candidate, settings.models)) if request.candidate else None
    )
    if given is not None and not may_serve(given.languages, request.language):
        raise InputError(f"{request.candidate} knows only {', '.join(given.languages)}")
    outcome = retrain(settings.retraining, model, data, golden, given, request.language)
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
    challenger = as_champion(version.name, version.fingerprint, version.reference)
    return TrainingAnswer("registered", challenger, _gained(chosen), evidence)


def _gained(chosen: Judged) -> str:
    recent = chosen.acceptance.recent
    told = [
        f"{chosen.candidate.kind}: balanced accuracy on {recent.reviews} recent reviews with "
        f"feedback {100 * recent.champion_balanced:.1f} → {100 * recent.candidate_balanced:.1f}"
    ]
    told += [
        f"accuracy on the golden set, {name}, {100 * part.champion:.2f} → "
        f"{100 * part.candidate:.2f}"
        for name, part in chosen.acceptance.golden.items()
    ]
    return ", ".join(told)


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
    language: str = ENGLISH[0],
) -> Outcome:
    """Candidates, or the one ``given`` instead, and what is thought of each; or why there are
    none. ``language``: of the texts. ``golden``: the whole golden set.
    """
    evidence: dict[str, Any] = {"dataset_sha256": data.sha256, "examples": data.counts()}
    count = len(data.learnt) + len(data.held_out)
    if count < settings.min_feedback:
        return Outcome(
            (), (f"only {count} labelled reviews, {settings.min_feedback} are needed",), evidence
        )
    trial = Trial.of(settings, champion, given, data, golden, language)
    evidence["guard"] = trial.guard
    sides = [example for example in data.learnt if example.sided]
    if len({each.label for each in sides}) < 2 or len(trial.sides_held_out) < 2:
        return Outcome((), ("all labels are the same",), evidence)
    logits = said(adaptation.base_of(champion), sides, language)
    scores, labels = out_of_fold(champion, sides, logits), lessons(sides).positive
    estimate = label_noise.share(scores, labels)
    evidence["noise"] = round(estimate, 4)
    if estimate > settings.max_noise:
        return Outcome(
            (), (f"an estimated {100 * estimate:.0f}% of the labels are wrong",), evidence
        )
    noisy = estimate > settings.noisy
    kept = (
        believed(sides, label_noise.suspicious(scores, labels))
        if noisy
        else np.ones(len(labels), np.bool_)
    )
    evidence["left_out"] = int(np.sum(~kept))
    learnt = [example for example, keep in zip(sides, kept, strict=True) if keep]
    neutral = [example for example in data.learnt if not example.sided]
    lesson = Lesson(learnt, logits[kept], neutral)
    before = trial.champion_answers(champion)
    judged = []
    began = time.perf_counter()
    for candidate in (
        [Candidate("given", given)]
        if given
        else candidates(champion, data, lesson, language, trial.cross_fitted)
    ):
        seconds = time.perf_counter() - began
        after = trial.answers(candidate.artifact, candidate.unseen)
        acceptance = trial.compare(before, after)
        judged.append(Judged(candidate, acceptance, seconds))
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
