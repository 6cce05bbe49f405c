"""One retraining, from request to event. Everything in it can be done again: the same request gives the same model and event."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from infra.settings import RetrainingSettings, ScoringSettings, Settings
from infra.warehouse import connect
from models import adaptation, announcements, artifact, lifecycle
from models.artifact import Artifact
from models.calibration import Floats, Labels
from models.classifier import Classifier
from models.lifecycle import CHAMPION, Step
from models.references import resolve
from models.registry import Registry
from retrain import dataset as datasets
from retrain import noise
from retrain.examples import TRUSTED, Dataset, Example
from retrain.trainer import card
from retrain.trainer.candidates import Candidate, candidates, lessons, out_of_fold, said
from retrain.verdict import Answers, Criteria, Verdict, comparable, judge, rounded
from schemas.errors import InputError
from schemas.records import ModelAction, ModelEvent, RetrainingRequested, Variant

ACTOR = "undertone trainer"
NONE = "none"
"""The version of which a request is told that no candidate was trained."""
log = logging.getLogger("undertone.trainer")


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate and what is thought of it."""

    candidate: Candidate
    verdict: Verdict
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """``accepted``: the best of the candidates that are better than the champion. ``evidence`` is for the event."""

    judged: Sequence[Judged]
    reasons: tuple[str, ...]
    evidence: dict[str, Any] = field(repr=False)

    @property
    def accepted(self) -> Judged | None:
        """None: the champion stays."""
        better = [each for each in self.judged if each.verdict.better]
        return max(better, key=lambda each: each.verdict.recent.balanced_gain, default=None)


def answer(settings: Settings, request: RetrainingRequested, now: datetime) -> ModelEvent:
    """Train, compare, register; the event that says so, not yet announced. Raises ``TransientError`` of whatever is away."""
    traffic = champion_traffic(settings, request.language)
    champion = next((variant for variant in traffic if variant.variant == CHAMPION), None)
    if champion is None:
        return event(request, now, "rejected", nothing(request.model_name), traffic, refused(request, "no champion serves it"))
    if request.reason != "manual" and champion.model_version != request.model_version:
        reason = f"asked for something better than {request.model_version}, but {champion.model_version} serves by now"
        return event(request, now, "rejected", nothing(champion.model_name), traffic, refused(request, reason))
    model = artifact.load(resolve(champion.uri, settings.models))
    try:
        golden = datasets.golden_set(settings.retraining, request.language)
        with connect(settings.clickhouse) as warehouse:
            data = datasets.load(warehouse, settings.retraining, request.language, request.created_at, golden)
        outcome = retrain(settings.retraining, model, data, golden)
    except InputError as error:  # the data or the settings, not the world: waiting would not help
        return event(request, now, "rejected", nothing(model.name), traffic, refused(request, str(error)))
    evidence = {"request_id": request.request_id, "champion": champion.model_version, **outcome.evidence}
    chosen = outcome.accepted
    if chosen is None:
        best = max(outcome.judged, key=lambda each: each.verdict.recent.balanced_gain, default=None)
        version = best.candidate.artifact.version if best else NONE
        rejected = lifecycle.serving(model.name, version, "")
        return event(request, now, "rejected", rejected, traffic, (evidence, "; ".join(outcome.reasons)))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        written = card.candidate_card(chosen.candidate, chosen.verdict, request.request_id)
        artifact.save(chosen.candidate.artifact, folder, written)
        version_ = Registry(settings.models).register(folder, model.name)
    registered = lifecycle.serving(version_.name, version_.fingerprint, version_.reference)
    recent = chosen.verdict.recent
    reason = (
        f"{chosen.candidate.kind}: balanced accuracy on {recent.reviews} recent reviews with feedback "
        f"{100 * recent.champion_balanced:.1f} → {100 * recent.candidate_balanced:.1f}"
    )
    return event(request, now, "registered", registered, traffic, (evidence | {"uri": version_.reference}, reason))


def retrain(settings: RetrainingSettings, champion: Artifact, data: Dataset, golden: Sequence[Example]) -> Outcome:
    """Candidates and what is thought of each, or why there are none."""
    evidence: dict[str, Any] = {"dataset_sha256": data.sha256, "examples": data.counts()}
    count = len(data.learnt) + len(data.held_out)
    if count < settings.min_feedback:
        return Outcome((), (f"only {count} labelled reviews, {settings.min_feedback} are needed",), evidence)
    held_out = comparable(data.held_out, settings.trusted)
    if len({example.positive for example in data.learnt}) < 2 or len({example.positive for example in held_out}) < 2:
        return Outcome((), ("all labels are the same",), evidence)
    logits = said(adaptation.base_of(champion), [example.text for example in data.learnt])
    scores, labels = out_of_fold(champion, data.learnt, logits), lessons(data.learnt).positive
    estimate = noise.share(scores, labels)
    evidence["noise"] = round(estimate, 4)
    if estimate > settings.max_noise:
        return Outcome((), (f"an estimated {100 * estimate:.0f}% of the labels are wrong",), evidence)
    noisy = estimate > settings.noisy
    kept = believed(data.learnt, noise.suspicious(scores, labels)) if noisy else np.ones(len(labels), np.bool_)
    evidence["left_out"] = int(np.sum(~kept))
    learnt = [example for example, keep in zip(data.learnt, kept, strict=True) if keep]
    compared = _asked(champion, held_out), _asked(champion, golden)
    criteria = Criteria(settings.min_gain, settings.max_loss)
    judged = []
    began = time.perf_counter()
    for candidate in candidates(champion, data, learnt, logits[kept]):
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
            **each.verdict.as_document(),
        }
        for each in judged
    ]
    reasons = tuple(f"{each.candidate.kind}: {reason}" for each in judged for reason in each.verdict.reasons)
    return Outcome(judged, reasons or ("no candidate could be trained",), evidence)


def believed(learnt: Sequence[Example], suspicious: Labels) -> Labels:
    """What is learnt from nevertheless: the word of those who are trusted is, whatever a model thinks of it."""
    return ~suspicious | np.array([example.origin in TRUSTED for example in learnt], np.bool_)


def champion_traffic(settings: Settings, language: str) -> tuple[Variant, ...]:
    """Who serves a language: by the last event, else by the settings."""
    events = announcements.current(settings)
    if language in events:
        return events[language].traffic
    return announcements.configured(settings).get(language, ())


def event(
    request: RetrainingRequested,
    now: datetime,
    action: ModelAction,
    model: Variant,
    traffic: tuple[Variant, ...],
    told: tuple[dict[str, Any], str],
) -> ModelEvent:
    """The answer to a request. A request has one answer, whenever it is given."""
    evidence, reason = told
    step = Step(request.language, now, ACTOR, reason, json.dumps(evidence))
    return replace(lifecycle.noted(step, action, model, traffic), event_id=answer_id(request.request_id))


def answer_id(request_id: str) -> str:
    """The id of the event that answers a request."""
    return hashlib.sha256(f"answer\n{request_id}".encode()).hexdigest()[:32]


def nothing(name: str) -> Variant:
    """In place of a candidate where none was trained."""
    return lifecycle.serving(name, NONE, "")


def refused(request: RetrainingRequested, reason: str) -> tuple[dict[str, Any], str]:
    """Evidence and reason where it did not come to training."""
    return {"request_id": request.request_id}, reason


def _asked(model: Artifact, examples: Sequence[Example]) -> Floats:
    return Classifier.start(model, ScoringSettings()).score([example.text for example in examples])
