"""Decoder of input records from the fields that a producer sent, in JSON or in Avro, shared with
the gateway.

Unknown fields are ignored, so that a producer may send more than Undertone reads. What producers
write is taken for what it means: a byte order mark, null for a field that is not there, numbers as
ids, a rating as text or as true and false, a time in any common unit, and the time of arrival where
there is none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, get_args

import orjson

from schemas.moments import EARLIEST, of_number
from schemas.rating_scale import FIVE_STARS, Scales
from schemas.records import AspectSpan, Feedback, FeedbackSource, Review, Sentiment

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LARGEST_FLOAT = 3.4028234663852886e38  # of 32 bits, as the Avro schema has it
LARGEST_INT = 2**31 - 1  # of Avro
NUMBER_OF_A_CLOCK = re.compile(r"[0-9]{9,}(\.[0-9]+)?")
"""Eight digits are a date in ISO 8601."""
THUMBS = {"true": True, "false": False}


class NotJson(ValueError):
    """The bytes are not a JSON document in UTF-8."""


class BadField(ValueError):
    """A field is missing or wrong; the message names the field and never quotes its value."""


def parse(value: bytes) -> Mapping[str, Any]:
    """The object in ``value``. Raises ``NotJson``, or ``BadField`` where the document is no
    object."""
    try:
        document = orjson.loads(value.removeprefix(BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        raise NotJson("neither Confluent wire format nor JSON in UTF-8") from None
    if not isinstance(document, dict):
        raise BadField("not a JSON object")
    return document


def review(
    document: Mapping[str, Any],
    *,
    default_id: str,
    default_time: datetime,
    scales: Scales = FIVE_STARS,
) -> Review:
    """A review; ``default_id`` and ``default_time`` stand in for a missing id and time. Raises
    ``BadField``.

    A rating of true or false is the highest or the lowest of the scale of its source.
    """
    source = _optional_text(document, "source")
    return Review(
        review_id=_id(document, "review_id", default_id),
        text=_required_text(document, "text"),
        created_at=_time(document, "created_at", default_time),
        product_id=_optional_text(document, "product_id") or "",
        author_id=_optional_text(document, "author_id"),
        rating=_rating(document, scales, source),
        language_hint=_optional_text(document, "language_hint"),
        source=source,
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
        aspect=_aspect(document.get("aspect")),
    )


def _aspect(value: object) -> AspectSpan | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise BadField("aspect is not an object with start and end")
    try:
        start, end = _position(value, "start"), _position(value, "end")
    except BadField as error:
        raise BadField(f"aspect.{error}") from None
    return AspectSpan(start, end)


def _position(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_INT:
        raise BadField(f"{name} is not a position in a text")
    return value


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
        raise BadField(f"{name} is missing" if value is None else f"{name} is not a string")
    return value


def as_text(value: object) -> object:
    """A whole number as text; anything else as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _optional_text(document: Mapping[str, Any], name: str) -> str | None:
    """Text, or a whole number as text: many producers number what they have."""
    value = as_text(document.get(name))
    if value is not None and not isinstance(value, str):
        raise BadField(f"{name} is not a string")
    return value


def _rating(document: Mapping[str, Any], scales: Scales, source: str | None) -> float | None:
    value = document.get("rating")
    if value is None:
        return None
    if isinstance(value, str):
        value = THUMBS.get(value.strip().lower(), value)
    if isinstance(value, bool):
        scale = scales.of(source)
        return scale.high if value else scale.low
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise BadField("rating is not a number") from None
    # Single precision, as in the Avro schema. One NaN would spoil a product's average for good.
    if not isinstance(value, int | float) or not abs(value) <= LARGEST_FLOAT:
        raise BadField("rating is not a number")
    return float(value)


def _one_of(
    document: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str | None = None
) -> Any:
    value = document.get(name)
    if value is None:
        value = default
    if value not in allowed:
        raise BadField(f"{name} is not one of {', '.join(allowed)}")
    return value


def _time(document: Mapping[str, Any], name: str, default: datetime) -> datetime:
    """The very beginning of 1970 is no time: it is what clocks, languages and formats say where
    there is none.
    """
    value = document.get(name)
    if value is None or value == "":
        return default
    try:
        time = _moment(value)
    except (ValueError, OverflowError, OSError):
        time = None
    if time is None:
        raise BadField(
            f"{name} is neither ISO 8601 nor a number of seconds, ms, µs or ns since 1970"
        )
    return default if time == EARLIEST else time


def _moment(value: object) -> datetime | None:
    """Raises ``ValueError``, ``OverflowError`` or ``OSError`` for what is no time; None for what is
    of another type.
    """
    if isinstance(value, str) and not NUMBER_OF_A_CLOCK.fullmatch(value.strip()):
        time = datetime.fromisoformat(value.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    if isinstance(value, str):
        value = float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):  # of Avro
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return of_number(value)
    return None
