"""The live models of this process, and how they are exchanged: load beside, check, warm up, then switch by one assignment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol

from infra import metrics
from models.references import REGISTERED
from schemas.errors import ModelIntegrityError, ModelNotFound, PermanentError, TrafficRefused, TransientError
from schemas.records import ModelEvent, Variant
from streams.traffic.live import LiveModels, Scorer
from streams.traffic.plan import OTHERS, ModelKey, Plan, Traffic, key_of, plan

WRONG_MODEL, WRONG_LANGUAGE = "wrong_model", "wrong_language"
REASONS: tuple[tuple[type[PermanentError], str], ...] = ((ModelNotFound, "not_found"), (ModelIntegrityError, "integrity"))
CANNOT_LOAD = "cannot_load"

Load = Callable[[str], Scorer]
"""Reference → a model, checked, warmed up and asked once. Raises a ``PermanentError``, or a ``TransientError``: try again."""

log = logging.getLogger("undertone.traffic")


class Loading(Protocol):
    """Is told when the loading of models begins and ends."""

    def __call__(self, begun: bool) -> None:
        """True at the beginning, False at the end, whatever came of it."""
        ...


class Switch:
    """Calling it gives the models that are live now. One thread may ``follow`` while others call."""

    def __init__(self, configured: LiveModels, load: Load, loading: Loading = lambda begun: None) -> None:
        self._configured: Traffic = configured.traffic
        self._load = load
        self._loading = loading
        self._live = configured
        _show(configured)

    def __call__(self) -> LiveModels:
        """The snapshot of this moment; whoever takes it may use it for as long as it keeps it."""
        return self._live

    def follow(self, language: str, event: ModelEvent | None) -> bool:
        """Do what the latest event of a language asks (None: it was deleted), and say whether anything changed.

        Raises a ``TransientError``, to be tried again, or ``TrafficRefused``, logged and counted already; then all is as before.
        """
        before = self._live
        try:
            todo = plan(before.traffic, language, event, self._configured)
            if todo.traffic == before.traffic:
                return False
            after = self._loaded(before, todo, language)
        except TransientError:
            raise
        except Exception as error:  # what a damaged artifact makes a library do is not foreseen, and must not end the stream
            refusal = _refusal(error)
            metrics.SWAPS_REFUSED.labels(refusal.reason).inc()
            named = f"{event.model_name} {event.model_version} ({event.action})" if event else "what is configured"
            log.critical("model refused for language %s: %s: %s; what served before goes on", language, named, refusal)
            if refusal is error:
                raise
            raise refusal from error
        self._live = after
        metrics.SWAPS.labels(language).inc()
        _show(after)
        serving = ", ".join(map(_described, todo.traffic.get(language, ()))) or "nothing"
        log.info("language %s is served by %s from the next batch on; %d models dropped", language, serving, len(todo.drop))
        return True

    def _loaded(self, before: LiveModels, todo: Plan, language: str) -> LiveModels:
        scorers = {key: scorer for key, scorer in before.scorers.items() if key not in todo.drop}
        with ExitStack() as stack:
            if todo.load:
                self._loading(True)
                stack.callback(self._loading, False)
            for key in sorted(todo.load):
                began = time.perf_counter()
                scorers[key] = self._load(key.uri)
                metrics.MODEL_LOAD_SECONDS.observe(time.perf_counter() - began)
        for variant in todo.traffic.get(language, ()):
            _verify(variant, language, scorers)
        return LiveModels(todo.traffic, scorers, before.fallback)


def _verify(variant: Variant, language: str, scorers: dict[ModelKey, Scorer]) -> None:
    found = scorers[key_of(variant)]
    # A registry may keep a model under a name of its own; what a reference to it names is as good as what the model says.
    named = found.name == variant.model_name or variant.uri.startswith(f"{REGISTERED}{variant.model_name}/")
    if not named or found.version != variant.model_version:
        problem = f"{variant.uri} holds {found.name} {found.version}, not {variant.model_name} {variant.model_version}"
        raise TrafficRefused(WRONG_MODEL, problem)
    if language != OTHERS and language not in found.languages:
        raise TrafficRefused(WRONG_LANGUAGE, f"{found.name} {found.version} declares {', '.join(found.languages) or 'none'}")


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
            metrics.MODEL.labels(variant.model_name, variant.model_version, language, variant.variant, role).set(1)
