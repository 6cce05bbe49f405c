"""``GET /api/v1/analytics/sentiment``: sentiment over time, from ClickHouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from streams.gateway.api_schemas import SentimentOverTime
from streams.gateway.core.analytics_windows import BadWindows, Step, Windows, windows
from streams.gateway.core.problems import Problem
from streams.gateway.core.review_sums import SUMS
from streams.gateway.gateway_parts import parts_of
from streams.gateway.routes import API, ForRead, refusals


def _iso(value: Any) -> Any:
    """Pydantic alone would take a bare number for seconds or milliseconds, whichever it is more
    likely to be.
    """
    if isinstance(value, str) and "T" not in value.upper():
        raise ValueError("not a date and time of ISO 8601")
    return value


# By the time the reviews were written.
QUERY = f"""
SELECT
    intDiv(toUnixTimestamp64Milli(created_at) - %(start_ms)s, %(step_ms)s) AS number,
    sum(sign),
    {SUMS}
FROM counted_reviews
WHERE created_at >= %(start)s AND created_at < %(end)s
    AND (%(product_id)s = '' OR product_id = %(product_id)s)
    AND (%(language)s = '' OR language = %(language)s)
GROUP BY number
HAVING sum(sign) > 0
"""
Moment = Annotated[datetime, BeforeValidator(_iso)]
MILLISECOND = timedelta(milliseconds=1)
router = APIRouter(prefix=f"{API}/analytics", route_class=ForRead)


@router.get(
    "/sentiment", response_model=SentimentOverTime, responses=refusals(422),
    summary="Sentiment over time"
)  # fmt: skip
async def sentiment(
    request: Request,
    begin: Annotated[
        Moment | None,
        Query(
            alias="from",
            description="Start of the time span, ISO 8601; default: 24 steps before `to`.",
        ),
    ] = None,
    end: Annotated[
        Moment | None,
        Query(alias="to", description="End of the time span, ISO 8601; default: now."),
    ] = None,
    step: Annotated[Step, Query(description="Length of a time window.")] = "1h",
    product_id: Annotated[
        str, Query(max_length=256, description="Only reviews of this product.")
    ] = "",
    language: Annotated[
        str, Query(pattern=r"^([a-z]{2}|und|)$", description="Only reviews in this language.")
    ] = "",
) -> Response:
    """Reviews by the time they were written. Windows begin at whole steps, so that the first may
    begin before `from`.
    """
    try:
        wanted = windows(begin, end, step, datetime.now(UTC))
    except BadWindows as error:
        raise Problem("bad_request_form", str(error)) from None
    parameters = {
        "start": wanted.start,
        "end": wanted.end,
        "start_ms": int(wanted.start.timestamp()) * 1000,
        "step_ms": wanted.step // MILLISECOND,
        "product_id": product_id,
        "language": language,
    }
    rows: list[Any] = await parts_of(request).reader(QUERY, parameters)
    return Response(
        orjson.dumps(_answer(wanted, step, rows), option=orjson.OPT_UTC_Z),
        media_type="application/json",
    )


def _answer(wanted: Windows, step: Step, rows: list[Any]) -> dict[str, Any]:
    found = {int(number): counts for number, *counts in rows}
    told = []
    for number, start in enumerate(wanted.starts()):
        reviews, positive, neutral, negative, average = found.get(number, (0, 0, 0, 0, None))
        told.append(
            {
                "start": start,
                "reviews": reviews,
                "positive": positive,
                "neutral": neutral,
                "negative": negative,
                "positive_share": positive / reviews if reviews else None,
                "average_score": average,
            }
        )
    return {"from": wanted.start, "to": wanted.end, "step": step, "windows": told}
