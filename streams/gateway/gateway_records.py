"""Conversion of HTTP reviews to records as they come from Kafka, so that the same stages process
both.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import ValidationError

from schemas import reasons
from schemas.errors import Origin, Rejected
from schemas.inputs import RawRecord
from schemas.json_input import as_text
from schemas.records import ScoredReview
from streams.gateway.api_schemas import FeedbackForm, Prediction, ReviewForm
from streams.gateway.core.problems import Problem
from streams.pipeline import Outcome

ORIGIN: Final = "gateway"
SHOWN_ERRORS: Final = 20
ANSWERED: Final = tuple(Prediction.model_fields)


def raw_record(
    form: ReviewForm | FeedbackForm, identity: Mapping[str, str], position: int, now: datetime
) -> RawRecord:
    """``form`` as a record that came ``now``; ``identity`` are ids that stand in for missing
    ones."""
    document = {**identity, **form.model_dump(exclude_none=True)}
    return RawRecord(Origin(ORIGIN, 0, position), None, orjson.dumps(document), now)


def new_id() -> str:
    """An id for what came without: 128 random bits. They are no secret, so they need no system
    call.
    """
    return f"{random.getrandbits(128):032x}"


def prediction(review: ScoredReview) -> dict[str, Any]:
    """Response for a scored review."""
    answer = {name: getattr(review, name) for name in ANSWERED}
    return answer | {"pii": dict(review.pii)}


def answer_of(outcome: Outcome | Problem, review_id: str | None) -> dict[str, Any]:
    """A review's part of the answer about several."""
    if isinstance(outcome, ScoredReview):
        return prediction(outcome)
    problem = refusal(outcome) if isinstance(outcome, Rejected) else outcome
    return {"review_id": review_id, "problem": problem.document()}


def refusal(rejected: Rejected) -> Problem:
    """The problem of a review that the stages rejected: the reason is that of a dead letter."""
    return Problem(rejected.reason, rejected.detail or f"rejected at the stage {rejected.stage}")


def misfit(errors: Sequence[Mapping[str, Any]], code: str = reasons.BAD_SCHEMA) -> Problem:
    """The problem of what does not have the form that is asked for. What was sent is not repeated,
    but for names of fields.
    """
    kinds = {(str(error["loc"][-1]) if error["loc"] else "", error["type"]) for error in errors}
    if kinds == {("text", "string_too_long")}:
        code = reasons.TOO_LONG
    elif kinds == {("text", "string_too_short")}:
        code = reasons.EMPTY_TEXT
    shown = [
        {"pointer": _pointer(error["loc"]), "detail": str(error["msg"])}
        for error in errors[:SHOWN_ERRORS]
    ]
    first = shown[0]
    return Problem(code, f"{first['pointer']}: {first['detail']}", errors=shown)


def form_of(item: ReviewForm | Mapping[str, Any]) -> ReviewForm | Problem:
    """One of several reviews, or what is wrong with it."""
    if isinstance(item, ReviewForm):
        return item
    try:
        return ReviewForm.model_validate(item)
    except ValidationError as error:
        return misfit(error.errors(include_input=False, include_url=False, include_context=False))


def given_id(item: ReviewForm | Mapping[str, Any]) -> str | None:
    """The id that a review came with, however wrong the rest of it is."""
    found = as_text(item.review_id if isinstance(item, ReviewForm) else item.get("review_id"))
    return found if isinstance(found, str) and found.isprintable() and len(found) <= 256 else None


def _pointer(location: Sequence[str | int]) -> str:
    """Where in the body (a JSON pointer), or which parameter. The tags of unions are pydantic's,
    not the sender's.
    """
    parts = [part for part in location if part not in {"body", "one", "several"}]
    if location and location[0] in {"query", "path", "header"}:
        return ".".join(map(str, location))
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "#" + pointer.encode("utf8", "replace").decode()[:200]
