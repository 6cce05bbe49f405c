"""Hot swap of the live models: load beside the old, verify, warm up, then switch by one
assignment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Protocol

from infra import metrics
from models.registry.references import REGISTERED
from models.rollout.assignment import champion_of, without
from models.rollout.resolve import decides
from models.rollout.traffic import Traffic, may_serve
from schemas.errors import (
    ModelIntegrityError,
    ModelNotFound,
    PermanentError,
    TrafficRefused,
    TransientError,
)
from schemas.records import ModelEvent, Variant
from streams.router.core.live_models import LiveModels, Scorer
from streams.router.core.model_plan import ModelKey, Plan, key_of, models_of, plan

WRONG_MODEL, WRONG_LANGUAGE = "wrong_model", "wrong_language"
REASONS: tuple[tuple[type[PermanentError], str], ...] = (
    (ModelNotFound, "not_found"),
    (ModelIntegrityError, "integrity"),
)
CANNOT_LOAD = "cannot_load"

Load = Callable[[str], Scorer]
"""Reference → a model, checked, warmed up and asked once. Raises a ``PermanentError``, or a
``TransientError``: try again.
"""

log = logging.getLogger("undertone.traffic")


class Loading(Protocol):
    """Callback when the loading of models begins and ends."""

    def __call__(self, begun: bool) -> None:
        """True at the beginning, False at the end, whatever came of it."""
        ...


Missing = Mapping[Variant, Exception]
"""Variants that cannot be loaded, and why. Of a ``TransientError`` another attempt may come to
something.
"""


class Report(Protocol):
    """Callback after each attempt with the missing variants of a language; empty where all are
    live.
    """

    def __call__(self, language: str, event: ModelEvent | None, missing: Missing) -> None:
        """``event``: what was to be followed; None where that was the configuration."""
        ...


class ModelRouter:
    """Calling it gives the models that are live now. One thread may ``follow`` while others call.

    A language's champion must be loadable, else all is as before. Any other variant that is not is
    left out: it gets no traffic, and its share goes to the champion.
    """

    def __init__(
        self,
        configured: LiveModels,
        load: Load,
        loading: Loading = lambda begun: None,
        report: Report = lambda language, event, missing: None,
    ) -> None:
        self._configured: Traffic = configured.traffic
        self._load = load
        self._loading = loading
        self._report = report
        self._live = configured
        self._missing: dict[str, Missing] = {}
        self._announced: set[str] = set()
        _show(configured)

    def __call__(self) -> LiveModels:
        """The snapshot of this moment; whoever takes it may use it for as long as it keeps it."""
        return self._live

    def announced(self, language: str) -> bool:
        """Whether an event of the language was followed, if only in part."""
        return language in self._announced

    def away(self, language: str) -> TransientError | None:
        """Error that keeps a variant of the language's last event from being live, if any."""
        missing = self._missing.get(language, {}).values()
        return next((error for error in missing if isinstance(error, TransientError)), None)

    def configure(self, configured: LiveModels) -> None:
        """Take other models as those of the settings, for the languages that no event was followed
        for.
        """
        kept = {
            language: variants
            for language, variants in self._live.traffic.items()
            if language in self._announced
        }
        traffic = {**configured.traffic, **kept}
        known = {**self._live.scorers, **configured.scorers}
        self._configured = configured.traffic
        self._live = LiveModels(
            traffic, {key: known[key] for key in models_of(traffic)}, configured.fallback
        )
        _show(self._live)

    def follow(self, language: str, event: ModelEvent | None) -> bool:
        """Do what the latest event of a language asks (None: it was deleted), and say whether
        anything changed.

        Raises a ``TransientError``, to be tried again, or ``TrafficRefused``, logged and counted
        already; then all is as before.
        """
        before = self._live
        try:
            todo = plan(before.traffic, language, event, self._configured)
            if todo.traffic == before.traffic:
                after, missing = before, dict[Variant, Exception]()
            else:
                after, missing = self._loaded(before, todo, language)
        except TransientError as error:
            self._tell(language, event, dict.fromkeys(_champion(event), error))
            raise
        # what a damaged artifact makes a library do is not foreseen, and must not end the stream
        except Exception as error:
            refusal = _refusal(error)
            metrics.SWAPS_REFUSED.labels(refusal.reason).inc()
            log.critical(
                "model refused for language %s: %s; the previous model stays in use",
                language,
                _named(event, refusal),
            )
            self._tell(language, event, dict.fromkeys(_champion(event), refusal))
            if refusal is error:
                raise
            raise refusal from error
        self._missing[language] = missing
        (self._announced.add if decides(event) else self._announced.discard)(language)
        self._tell(language, event, missing)
        if after.traffic == before.traffic:
            return False
        self._live = after
        metrics.SWAPS.labels(language).inc()
        _show(after)
        serving = ", ".join(map(_described, after.traffic.get(language, ()))) or "nothing"
        log.info(
            "language %s is served by %s from the next batch on; %d models dropped",
            language,
            serving,
            len(todo.drop),
        )
        return True

    def _loaded(
        self, before: LiveModels, todo: Plan, language: str
    ) -> tuple[LiveModels, dict[Variant, Exception]]:
        scorers = {key: scorer for key, scorer in before.scorers.items() if key not in todo.drop}
        variants = todo.traffic.get(language, ())
        champion = champion_of(variants)
        missing: dict[Variant, Exception] = {}
        with ExitStack() as stack:
            if todo.load:
                self._loading(True)
                stack.callback(self._loading, False)
            for variant in sorted(variants, key=lambda variant: variant is not champion):
                try:
                    self._take(variant, language, scorers)
                except Exception as error:  # only the champion's is everybody's
                    if variant is champion:
                        raise
                    missing[variant] = (
                        error if isinstance(error, TransientError) else _refusal(error)
                    )
                    self._note(language, variant, missing[variant])
        traffic = todo.traffic
        if missing:
            traffic = {**traffic, language: without(variants, missing)}
        return LiveModels(
            traffic, {key: scorers[key] for key in models_of(traffic)}, before.fallback
        ), missing

    def _take(self, variant: Variant, language: str, scorers: dict[ModelKey, Scorer]) -> None:
        key = key_of(variant)
        if key not in scorers:
            began = time.perf_counter()
            found = self._load(key.uri)
            metrics.MODEL_LOAD_SECONDS.observe(time.perf_counter() - began)
            _verify(variant, language, found)
            scorers[key] = found
        else:
            _verify(variant, language, scorers[key])

    def _note(self, language: str, variant: Variant, error: Exception) -> None:
        """Count and log a refusal of one variant, once."""
        if isinstance(error, TrafficRefused) and variant not in self._missing.get(language, {}):
            metrics.SWAPS_REFUSED.labels(error.reason).inc()
            log.critical(
                "%s for language %s gets no traffic: %s; the champion gets its share",
                _described(variant),
                language,
                error,
            )

    def _tell(self, language: str, event: ModelEvent | None, missing: Missing) -> None:
        metrics.MISSING.labels(language).set(len(missing))
        self._report(language, event, missing)


def _champion(event: ModelEvent | None) -> tuple[Variant, ...]:
    champion = champion_of(event.traffic) if event else None
    return () if champion is None else (champion,)


def _named(event: ModelEvent | None, refusal: TrafficRefused) -> str:
    what = "what is configured"
    if event:
        what = f"{event.model_name} {event.model_version} ({event.action})"
    return f"{what}: {refusal}"


def _verify(variant: Variant, language: str, found: Scorer) -> None:
    # A registry may keep a model under a name of its own; what a reference to it names is as good
    # as what the model says.
    named = found.name == variant.model_name or variant.uri.startswith(
        f"{REGISTERED}{variant.model_name}/"
    )
    if not named or found.version != variant.model_version:
        problem = (
            f"{variant.uri} holds {found.name} {found.version}, not {variant.model_name} "
            f"{variant.model_version}"
        )
        raise TrafficRefused(WRONG_MODEL, problem)
    if not may_serve(found.languages, language):
        raise TrafficRefused(
            WRONG_LANGUAGE,
            f"{found.name} {found.version} declares {', '.join(found.languages) or 'none'}",
        )


def _refusal(error: Exception) -> TrafficRefused:
    if isinstance(error, TrafficRefused):
        return error
    if isinstance(error, PermanentError):
        reason = next((reason for kind, reason in REASONS if isinstance(error, kind)), CANNOT_LOAD)
        return TrafficRefused(reason, str(error))
    return TrafficRefused(CANNOT_LOAD, type(error).__name__)


def _described(variant: Variant) -> str:
    share = "shadow" if variant.shadow else f"weight {variant.weight:g}"
    return f"{variant.variant} {variant.model_name} {variant.model_version} ({share})"


def _show(live: LiveModels) -> None:
    """The models that are live, in the metrics, and only those."""
    metrics.MODEL.clear()
    for language, variants in live.traffic.items():
        for variant in variants:
            role = "shadow" if variant.shadow else "emits"
            metrics.MODEL.labels(
                variant.model_name, variant.model_version, language, variant.variant, role
            ).set(1)
