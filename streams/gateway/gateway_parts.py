"""Dependencies of the gateway's paths, built once at start and handed to the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request

from infra.gateway_settings import GatewaySettings
from infra.health import Health
from infra.settings import KafkaSettings
from models.evaluation.explanation import Explanation
from schemas.inputs import RawRecord
from schemas.rating_scale import Scales
from streams.gateway.access import Admission, Gate
from streams.gateway.core.idempotency import Answers
from streams.gateway.explanations import Judged
from streams.gateway.gateway_publisher import Written
from streams.gateway.request_batcher import Batcher, Lanes
from streams.gateway.warehouse_queries import Reader
from streams.pipeline import Outcome
from streams.router.core.live_models import LiveModels


class Scoring(NamedTuple):
    """A review to score, and whether its sentences are judged and its aspects found too, whatever
    the settings say.
    """

    record: RawRecord
    sentences: bool = False
    aspects: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """``score``, ``publish`` and ``explain`` are shared by all requests; ``live`` says which models
    serve at this moment; ``kafka`` is for questions about lag."""

    settings: GatewaySettings
    kafka: KafkaSettings
    gate: Gate
    score: Batcher[Scoring, Outcome] | Lanes[Scoring, Outcome]
    publish: Batcher[Written, str | None]
    explain: Batcher[Judged, Explanation]
    reader: Reader
    live: Callable[[], LiveModels]
    answers: Answers
    health: Health
    scales: Scales


def parts_of(request: Request) -> Parts:
    """The parts of the app that answers this request."""
    parts: Parts = request.app.state.parts
    return parts


def admission_of(request: Request) -> Admission:
    """Admission of a request."""
    admission: Admission = request.state.admission
    return admission
