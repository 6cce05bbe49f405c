"""JSON decoder of input records: the fields of the Avro records as a plain object, so that ``kcat -P`` can send a review.

Unknown fields are ignored, so that a producer may send more than Undertone reads. What producers write is taken for what it
means: a byte order mark, null for a field that is not there, numbers as ids, a rating as text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import orjson

from schemas.moments import of_number
from schemas.records import Feedback, FeedbackSource, Review, Sentiment

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LARGEST_FLOAT = 3.4028234663852886e38  # of 32 bits, as the Avro schema has it


class NotJson(ValueError):
    """The bytes are not a JSON document in UTF-8."""


class BadField(ValueError):
    """A field is missing or wrong; the message names the field and never quotes its value."""


def parse(value: bytes) -> Mapping[str, Any]:
    """The object in ``value``. Raises ``NotJson``, or ``BadField`` where the document is no object."""
    try:
        document = orjson.loads(value.removeprefix(BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        raise NotJson("neither Confluent wire format nor JSON in UTF-8") from None
    if not isinstance(document, dict):
        raise BadField("not a JSON object")
    return document


def review(document: Mapping[str, Any], *, default_id: str, default_time: datetime) -> Review:
    """A review; ``default_id`` and ``default_time`` stand in for a missing id and time. Raises ``BadField``."""
    return Review(
        review_id=_id(document, "review_id", default_id),
        text=_required_text(document, "text"),
        created_at=_time(document, "created_at", default_time),
        product_id=_optional_text(document, "product_id") or "",
        author_id=_optional_text(document, "author_id"),
        rating=_number(document, "rating"),
        language_hint=_optional_text(document, "language_hint"),
        source=_optional_text(document, "source"),
    )


def feedback(document: Mapping[str, Any], *, default_id: str, default_time: datetime) -> Feedback:
    """Feedback from a JSON object. Raises ``BadField``."""
    label: Sentiment = _one_of(document, "label", get_args(Sentiment))
    source: FeedbackSource = _one_of(document, "source", get_args(FeedbackSource), default="user")
    return Feedback(
        feedback_id=_id(document, "feedback_id", default_id),
        review_id=_id(document, "review_id", None),
        label=label,
        source=source,
        created_at=_time(document, "created_at", default_time),
    )


def _id(document: Mapping[str, Any], name: str, default: str | None) -> str:
    value = _optional_text(document, name)
    if value is None:
        value = default
    if not value:
        raise BadField(f"{name} is not a non-empty string")
    return value


def _required_text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise BadField(f"{name} is not a string" if name in document else f"{name} is missing")
    return value


def _optional_text(document: Mapping[str, Any], name: str) -> str | None:
    """Text, or a whole number as text: many producers number what they have."""
    value = document.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise BadField(f"{name} is not a string")
    return value


def _number(document: Mapping[str, Any], name: str) -> float | None:
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise BadField(f"{name} is not a number") from None
    # bool is an int in Python but not a number in JSON; single precision, as in the Avro schema.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_FLOAT:
        raise BadField(f"{name} is not a number")
    return float(value)


def _one_of(document: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str | None = None) -> Any:
    value = document.get(name)
    if value is None:
        value = default
    if value not in allowed:
        raise BadField(f"{name} is not one of {', '.join(allowed)}")
    return value


def _time(document: Mapping[str, Any], name: str, default: datetime) -> datetime:
    value = document.get(name)
    if value is None:
        return default
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return of_number(value)
    except (ValueError, OverflowError, OSError):
        pass
    raise BadField(f"{name} is neither ISO 8601 nor a number of seconds, ms, µs or ns since 1970")
