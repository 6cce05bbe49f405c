"""``POST /api/v1/explain``: one review scored as by ``predict``, with the contribution of each
word and the score of each sentence by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from infra import metrics
from models.evaluation.explanation import Explanation
from schemas.errors import Rejected
from streams.gateway.api_schemas import ExplainedPrediction, ReviewForm
from streams.gateway.core.problems import Problem
from streams.gateway.explanations import Judged
from streams.gateway.gateway_parts import Scoring, admission_of, parts_of
from streams.gateway.gateway_records import new_id, prediction, raw_record, refusal
from streams.gateway.routes import API, ForPredict, refusals

router = APIRouter(prefix=API, route_class=ForPredict)


@router.post(
    "/explain",
    response_model=ExplainedPrediction,
    responses=refusals(body=True),
    summary="Score one review and explain the score by its words and sentences",
)
async def explain(request: Request, body: Annotated[ReviewForm, Body()]) -> Response:
    """Each word's contribution is the log-odds of the score that go when it is left out of the
    masked text. Long texts lose several words at a time, which then share. Every text that is
    scored for it counts as a review against the rate limit, its sentences together as one."""
    parts = parts_of(request)
    admission_of(request).charge_texts([len(body.text)] * 2)
    record = raw_record(body, {"review_id": new_id()}, 0, datetime.now(UTC))
    [outcome] = await parts.score([Scoring(record, sentences=True)])
    if isinstance(outcome, Rejected):
        metrics.GATEWAY_REVIEWS.labels(outcome.reason).inc()
        raise refusal(outcome)
    metrics.GATEWAY_REVIEWS.labels("scored").inc()
    model = parts.live().scored_by(outcome)
    if model is None:
        raise Problem("unavailable", "the model that scored it was just replaced: try again")
    judged = Judged(model, outcome.language, outcome.text_masked)
    admission_of(request).charge(judged.pieces())
    [found] = await parts.explain([judged])
    return Response(
        orjson.dumps(prediction(outcome) | _document(outcome.text_masked, found)),
        media_type="application/json",
    )


def _document(text: str, found: Explanation) -> dict[str, Any]:
    words = [
        {"text": text[start:end], "start": start, "end": end, "contribution": contribution}
        for start, end, contribution in found.by_token()
    ]
    return {"log_odds": found.log_odds, "window": found.window, "words": words}
