"""``POST /api/v1/predict``: reviews scored at once, by the stages and models of the stream, and not
stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query, Request
from starlette.responses import Response

from infra import metrics
from schemas.errors import Rejected
from streams.gateway.api_schemas import Predict, Prediction, Predictions, ReviewForm
from streams.gateway.core.problems import Problem
from streams.gateway.gateway_parts import Scoring, admission_of, parts_of
from streams.gateway.gateway_records import (
    answer_of,
    form_of,
    given_id,
    new_id,
    prediction,
    raw_record,
    refusal,
)
from streams.gateway.routes import API, ForPredict, refusals
from streams.pipeline import Outcome

router = APIRouter(prefix=API, route_class=ForPredict)


@router.post(
    "/predict",
    response_model=Prediction | Predictions,
    responses=refusals(body=True),
    summary="Score up to 256 reviews",
)
async def predict(
    request: Request,
    body: Annotated[Predict, Body()],
    sentences: Annotated[
        bool, Query(description="Judge each sentence too; a review then counts twice.")
    ] = False,
    aspects: Annotated[
        bool, Query(description="Find its aspects too; a review then counts four times more.")
    ] = False,
) -> Response:
    """One review is answered with its sentiment, or a problem. Several are answered one by one, in
    order: what is wrong with one does not spoil the others. Nothing is stored and nothing goes to
    Kafka."""
    times = 1 + sentences + 4 * aspects  # about what they cost
    judge = partial(_judge, request, sentences=sentences, aspects=aspects)
    if isinstance(body, ReviewForm):
        admission_of(request).charge_texts([len(body.text)] * times)
        [outcome] = await judge([body])
        if isinstance(outcome, Problem):
            raise outcome
        if isinstance(outcome, Rejected):
            raise refusal(outcome)
        return Response(orjson.dumps(prediction(outcome)), media_type="application/json")
    forms = [form_of(item) for item in body.reviews]
    admission_of(request).charge_texts(
        [len(form.text) if isinstance(form, ReviewForm) else 0 for form in forms] * times
    )
    outcomes = await judge(forms)
    answers = [
        answer_of(outcome, given_id(item))
        for item, outcome in zip(body.reviews, outcomes, strict=True)
    ]
    return Response(orjson.dumps({"reviews": answers}), media_type="application/json")


async def _judge(
    request: Request, forms: Sequence[ReviewForm | Problem], *, sentences: bool, aspects: bool
) -> list[Outcome | Problem]:
    now = datetime.now(UTC)
    sound = {i: form for i, form in enumerate(forms) if isinstance(form, ReviewForm)}
    items = [
        Scoring(raw_record(form, {"review_id": new_id()}, i, now), sentences, aspects)
        for i, form in sound.items()
    ]
    judged = dict(zip(sound, await parts_of(request).score(items), strict=True)) if items else {}
    outcomes = [judged.get(i, form) for i, form in enumerate(forms)]
    for outcome in outcomes:
        metrics.GATEWAY_REVIEWS.labels(_said(outcome)).inc()
    return outcomes  # type: ignore[return-value]  # every form that is sound was judged


def _said(outcome: object) -> str:
    if isinstance(outcome, Rejected):
        return outcome.reason
    return outcome.code if isinstance(outcome, Problem) else "scored"
