"""Encoder tier: the encoder that the cascades of a process share."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from infra.metrics import CASCADE_FAILURES
from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.inference.circuit_breaker import CircuitBreaker
from models.inference.network_reader import network
from models.inference.routing import Routing
from models.inference.scorer import Reader
from models.labels import CLASSES, Judgement
from schemas.errors import (
    ConfigurationError,
    EngineUnavailable,
    ModelIntegrityError,
    ModelNotServed,
    UndertoneError,
)

PROBE: Final = "A question that only shows whether there is an answer."
log = logging.getLogger("undertone.models")


class Encoder(NamedTuple):
    """``Reader`` of an encoder, and the routing of a cascade that it is in."""

    reader: Reader
    routing: Routing


@dataclass(slots=True)
class EncoderTier:
    """The encoder of a process's cascades, loaded once however many there are.

    While it is not ``loaded``, or fails for whatever reason, the models beside it answer alone. One
    that keeps failing is skipped and probed now and then, so that a server that hangs does not slow
    the stream.
    """

    loaded: Encoder | None = None
    clock: Callable[[], float] = time.monotonic
    _breaker: CircuitBreaker = field(default_factory=CircuitBreaker, init=False)
    _reported: type[Exception] | None = field(default=None, init=False)
    _state: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _loading: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def load(self, folder: Path, scoring: ScoringSettings) -> None:
        """Load the encoder in ``folder``, and ask it once, which shows in the log whether it
        answers. Where one is loaded already, it stays, whatever the folder.

        Raises ``ModelNotFound`` or ``ModelIntegrityError``.
        """
        with self._loading:
            if self.loaded is not None:
                return
            self.loaded = _read(folder, scoring)
        self.ask([PROBE], ["en"])

    def ask(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement | None:
        """Judgement of three classes, as of a ``Reader``; None where the encoder is not loaded, is
        skipped or fails, which is logged when it begins and when it ends.
        """
        encoder = self.loaded
        with self._state:
            if encoder is None or not self._breaker.allows(self.clock()):
                return None
        try:
            found = encoder.reader.judge(texts, languages)
            _check(found, len(texts))
        except MemoryError:
            raise
        except Exception as error:  # whatever it is, the model beside it has answered
            self._failed(error)
            return None
        self._succeeded()
        return found

    def _failed(self, error: Exception) -> None:
        CASCADE_FAILURES.labels(type(error).__name__).inc()
        with self._state:
            opened = self._breaker.failed(self.clock())
            new = self._reported is not type(error)
            self._reported = type(error)
        if new:
            passing = isinstance(error, EngineUnavailable) and not isinstance(error, ModelNotServed)
            log.log(
                logging.WARNING if passing else logging.ERROR,
                "the encoder of the cascade failed, and the models beside it answer alone: %s%s",
                _described(error),
                "; `undertone models export --triton` it to the server's repository"
                if isinstance(error, ModelNotServed)
                else "",
            )
        if opened:
            log.warning(
                "the encoder failed %d times in a row: it is asked once in %g s until it answers",
                self._breaker.failures,
                self._breaker.rest_s,
            )

    def _succeeded(self) -> None:
        with self._state:
            self._breaker.succeeded()
            again, self._reported = self._reported is not None, None
        if again:
            log.info("the encoder of the cascade answers again")


def named(scoring: ScoringSettings) -> str:
    """The reference of the encoder of a cascade. Raises ``ConfigurationError`` where the settings
    name none.
    """
    if not scoring.encoder:
        raise ConfigurationError(
            "the engine cascade needs UNDERTONE_SCORING__ENCODER, a model that `undertone "
            "models encoder` made"
        )
    return scoring.encoder


def _read(folder: Path, scoring: ScoringSettings) -> Encoder:
    artifact = artifacts.load(folder)
    if artifact.network.kind != artifacts.ENCODER:
        raise ModelIntegrityError(f"{folder} is no encoder but a {artifact.network.kind}")
    try:
        routing = Routing.of(artifact.arrays, artifact.languages)
    except KeyError as error:
        raise ModelIntegrityError(f"{folder} lacks the array {error}") from error
    alone = scoring.model_copy(update={"engine": scoring.encoder_engine})
    return Encoder(network(artifact, alone), routing)


def _check(judgement: Judgement, texts: int) -> None:
    found = judgement.probabilities
    if found.shape != (texts, CLASSES):
        raise ModelIntegrityError(f"answers of shape {found.shape} to {texts} texts")
    if not np.isfinite(found).all():
        raise ModelIntegrityError("answers that are not numbers")


def _described(error: Exception) -> str:
    """What libraries say may quote a text."""
    return str(error) if isinstance(error, UndertoneError) else type(error).__name__
