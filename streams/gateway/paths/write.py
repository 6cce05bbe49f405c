"""``POST /api/v1/reviews`` and ``/feedback``: publication to Kafka, where the stream processes them
like any other record.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Body, Header, Request
from starlette.responses import Response

from schemas.errors import Rejection
from schemas.inputs import RawRecord, decode_feedback, decode_review
from schemas.rating_scale import Scales
from schemas.records import Feedback, Review
from streams.gateway.api_schemas import Accepted, FeedbackAccepted, FeedbackForm, ReviewForm, Write
from streams.gateway.core.idempotency import LONGEST, Answer, derived_id
from streams.gateway.core.problems import Problem
from streams.gateway.gateway_parts import admission_of, parts_of
from streams.gateway.gateway_publisher import Written, trace_of
from streams.gateway.gateway_records import new_id, raw_record, refusal
from streams.gateway.routes import API, ForWrite, refusals

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST,
        pattern=r"^[\x21-\x7e]+$",
        description="A repeated key with the same body gets the first answer and is written once.",
    ),
]
REPLAYED = "idempotency-replayed"
router = APIRouter(prefix=API, route_class=ForWrite)


@router.post(
    "/reviews",
    status_code=202,
    response_model=Accepted,
    responses=refusals(409, body=True),
    summary="Write up to 256 reviews to the stream",
)
async def write_reviews(
    request: Request, body: Annotated[Write, Body()], key: IdempotencyKey = None
) -> Response:
    """All are confirmed by Kafka, or none is accepted. Once they are scored, they are in `GET
    /api/v1/reviews/{review_id}`, in ClickHouse, and on the topic `reviews.scored`."""
    forms = [body] if isinstance(body, ReviewForm) else body.reviews
    admission_of(request).charge_texts([len(form.text) for form in forms])

    async def send(ids: Sequence[str]) -> Answer:
        now = datetime.now(UTC)
        records = [raw_record(form, {"review_id": ids[i]}, i, now) for i, form in enumerate(forms)]
        scales = parts_of(request).scales
        reviews = [_decoded(record, scales) for record in records]
        await _publish(request, reviews)
        accepted = [review.review_id for review in reviews]
        location = (
            {"Location": f"{API}/reviews/{quote(accepted[0], safe='')}"}
            if isinstance(body, ReviewForm)
            else {}
        )
        return Answer(orjson.dumps({"review_ids": accepted}), location)

    return await _once(request, key, len(forms), send)


@router.post(
    "/feedback",
    status_code=202,
    response_model=FeedbackAccepted,
    responses=refusals(409, body=True),
    summary="Send feedback on a review",
)
async def write_feedback(
    request: Request, body: Annotated[FeedbackForm, Body()], key: IdempotencyKey = None
) -> Response:
    """Goes to the topic `feedback`; models are measured by it, and learn from it. The review need
    not be known yet.
    """

    async def send(ids: Sequence[str]) -> Answer:
        record = raw_record(body, {"feedback_id": ids[0]}, 0, datetime.now(UTC))
        try:
            feedback = decode_feedback(record, lambda *_: None)
        except Rejection as rejection:
            raise refusal(rejection.at("decode", record.origin)) from None
        await _publish(request, [feedback])
        return Answer(orjson.dumps({"feedback_id": feedback.feedback_id}), {})

    return await _once(request, key, 1, send)


def _decoded(record: RawRecord, scales: Scales) -> Review:
    """As the stream would decode it: what it would reject is refused here already."""
    try:
        return decode_review(record, lambda *_: None, scales)
    except Rejection as rejection:
        problem = refusal(rejection.at("decode", record.origin))
        pointer = {"pointer": f"#/reviews/{record.origin.offset}", "detail": problem.detail}
        raise Problem(problem.code, problem.detail, errors=[pointer]) from None


async def _publish(request: Request, records: Sequence[Review | Feedback]) -> None:
    """Raises ``Problem`` where Kafka takes one of them from nobody; the others may have arrived."""
    trace = trace_of(request.headers)
    for position, reason in enumerate(
        await parts_of(request).publish([Written(record, trace) for record in records])
    ):
        if reason is not None:
            detail = f"Kafka takes no such record: {reason}"
            raise Problem(
                reason, detail, errors=[{"pointer": f"#/reviews/{position}", "detail": detail}]
            )


async def _once(
    request: Request,
    key: str | None,
    records: int,
    send: Callable[[Sequence[str]], Awaitable[Answer]],
) -> Response:
    """Send, unless that was done before under the same key by the same client."""
    if key is None:
        answer, repeated = await send([new_id() for _ in range(records)]), False
    else:
        whole = (admission_of(request).caller.client, request.url.path, key)
        ids = [derived_id(whole, i) for i in range(records)]
        body = await request.body()
        answer, repeated = await parts_of(request).answers.once(
            whole, body, time.monotonic(), lambda: send(ids)
        )
    headers = answer.headers | ({REPLAYED: "true"} if repeated else {})
    return Response(answer.content, 202, headers, "application/json")
