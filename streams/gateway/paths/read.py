"""``GET /api/v1/reviews/{review_id}`` and ``/api/v1/models``."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from schemas.records import Variant
from streams.gateway.api_schemas import Models, StoredReview
from streams.gateway.core.problems import Problem
from streams.gateway.gateway_parts import parts_of
from streams.gateway.routes import API, ForRead, refusals

COLUMNS = tuple(StoredReview.model_fields)
ONE = f"SELECT {', '.join(COLUMNS)} FROM reviews WHERE review_id = %(review_id)s"
router = APIRouter(prefix=API, route_class=ForRead)


@router.get(
    "/reviews/{review_id:path}",
    response_model=StoredReview,
    responses=refusals(404, 422),
    summary="Look up a scored review",
)
async def review(
    request: Request,
    review_id: Annotated[str, Path(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")],
) -> Response:
    """Its latest score, from ClickHouse: a second or two after it was sent. 404 until then."""
    rows = await parts_of(request).reader(ONE, {"review_id": review_id})
    if not rows:
        raise Problem("not_found", "no review with this id has been scored yet")
    answer = dict(zip(COLUMNS, rows[0], strict=True))
    # What is null in the record is empty in ClickHouse.
    answer["probabilities"] = answer["probabilities"] or None
    for several in ("sentences", "aspects"):
        answer[several] = orjson.loads(str(answer[several]) or "null")
    return Response(orjson.dumps(answer, option=orjson.OPT_UTC_Z), media_type="application/json")


@router.get(
    "/models",
    response_model=Models,
    responses=refusals(),
    summary="List the models and the languages they serve",
)
async def models(request: Request) -> Models:
    """The traffic at this moment, as this gateway follows it."""
    live = parts_of(request).live()
    languages = [
        {"language": language, "variants": [_variant(variant, variants) for variant in variants]}
        for language, variants in sorted(live.traffic.items())
    ]
    return Models.model_validate({"languages": languages, "fallback": live.fallback})


def _variant(variant: Variant, others: tuple[Variant, ...]) -> dict[str, object]:
    whole = sum(other.weight for other in others if not other.shadow)
    return {
        "variant": variant.variant,
        "model_name": variant.model_name,
        "model_version": variant.model_version,
        "share": 0.0 if variant.shadow or not whole else variant.weight / whole,
        "shadow": variant.shadow,
    }
