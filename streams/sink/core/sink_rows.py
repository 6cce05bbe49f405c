"""Conversion of messages to rows: pure functions, one per stored topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

import orjson

from schemas import reasons
from schemas.errors import Rejection
from schemas.inputs import FindSchema, RawRecord, decode_feedback
from schemas.outputs import decode_output
from schemas.rating_scale import FIVE_STARS, Scales
from schemas.records import (
    Alert,
    CandidateModel,
    DeadLetter,
    Feedback,
    LabellingRequested,
    ModelEvent,
    RetrainingRequested,
    ScoredReview,
)
from schemas.table_shapes import Kind, TableShape
from schemas.topics import (
    ALERTS,
    DEAD_LETTERS,
    FEEDBACK,
    LABELLING_REQUESTED,
    MODELS_LIFECYCLE,
    RETRAINING_REQUESTED,
    REVIEWS_SCORED,
    REVIEWS_SHADOW,
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the columns that are written, and how a record of its topic is decoded (raises
    ``Rejection``).
    """

    name: str
    record: type[Any]
    columns: tuple[str, ...]
    decode: Callable[[RawRecord, FindSchema], Any]

    compacted: bool = False

    @property
    def shape(self) -> TableShape:
        """What a target that makes its own tables needs to know."""
        return _shape(self.record, self.columns)

    def row(
        self, record: RawRecord, find_schema: FindSchema, scales: Scales = FIVE_STARS
    ) -> Sequence[object] | None:
        """The row of one record, None where it only marks a deletion from a compacted topic.

        Raises ``Rejection``, whatever is wrong with the record; ``RegistryUnavailable`` passes
        through.
        """
        if self.compacted and record.value is None:
            return None
        decoded = self.decode(record, find_schema)
        try:
            return [
                _stars(decoded, scales)
                if column == STARS
                else getattr(decoded, column) or {}
                if column == PROBABILITIES
                else _cell(getattr(decoded, column))
                for column in self.columns
            ]
        except Exception as error:  # of this record alone: no cell asks any server
            detail = type(error).__name__
            raise Rejection(
                reasons.PROCESSING_ERROR, stage="store", origin=record.origin, detail=detail
            ) from None

    def off_scale(self, row: Sequence[object], scales: Scales) -> str | None:
        """The name of the scale that the rating in a row is off, if there is one."""
        if STARS not in self.columns or row[self.columns.index(STARS)] is not None:
            return None
        rating, source = (row[self.columns.index(name)] for name in ("rating", "source"))
        return None if rating is None else scales.of(None if source is None else str(source)).name


def _stars(review: ScoredReview, scales: Scales) -> float | None:
    return None if review.rating is None else scales.of(review.source).stars(review.rating)


def _cell(value: object) -> object:
    """Records within a record are kept as JSON."""
    return orjson.dumps(value).decode() if isinstance(value, tuple | CandidateModel) else value


_KINDS: Final[Mapping[object, Kind]] = {
    float: "number",
    int: "integer",
    bool: "boolean",
    datetime: "time",
}
_MAPPINGS: Final[Mapping[object, Kind]] = {int: "counts", str: "texts", float: "shares"}
PROBABILITIES: Final = "probabilities"
"""The column that is empty where there are none: a map in ClickHouse cannot be NULL."""
_DAYS: Final = ("scored_at", "failed_at", "created_at")
"""Columns by whose day a table is partitioned: Undertone's own clock where there is one, as in
ClickHouse.
"""


def _kind(annotation: Any) -> Kind:
    """Of the cells that ``_cell`` makes of values so annotated: all that is no number, time or
    mapping becomes text.
    """
    if isinstance(annotation, UnionType):
        [annotation] = (branch for branch in get_args(annotation) if branch is not NoneType)
    if get_origin(annotation) is Mapping:
        return _MAPPINGS[get_args(annotation)[1]]
    return _KINDS.get(annotation, "text")


def _shape(record: type[Any], columns: Sequence[str]) -> TableShape:
    annotations = get_type_hints(record) | {STARS: float}
    day = next(name for name in _DAYS if name in columns)
    return TableShape({name: _kind(annotations[name]) for name in columns}, day)


def _columns(kind: type[Any], *, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in without)


STARS: Final = "stars"
"""The column with the rating on the scale of one to five stars."""
SCORED: Final = (*_columns(ScoredReview), STARS)
TABLES = {
    REVIEWS_SCORED.name: Table(
        "predictions", ScoredReview, SCORED, lambda r, find: decode_output(ScoredReview, r, find)
    ),
    REVIEWS_SHADOW.name: Table(
        "shadow_predictions",
        ScoredReview,
        SCORED,
        lambda r, find: decode_output(ScoredReview, r, find),
    ),
    MODELS_LIFECYCLE.name: Table(
        "model_events",
        ModelEvent,
        _columns(ModelEvent),
        lambda r, find: decode_output(ModelEvent, r, find),
        compacted=True,
    ),
    FEEDBACK.name: Table("feedback", Feedback, _columns(Feedback), decode_feedback),
    LABELLING_REQUESTED.name: Table(
        "labelling_requests",
        LabellingRequested,
        _columns(LabellingRequested),
        lambda r, find: decode_output(LabellingRequested, r, find),
    ),
    RETRAINING_REQUESTED.name: Table(
        "retraining_requests",
        RetrainingRequested,
        _columns(RetrainingRequested),
        lambda r, find: decode_output(RetrainingRequested, r, find),
    ),
    ALERTS.name: Table(
        "alerts", Alert, _columns(Alert), lambda r, find: decode_output(Alert, r, find)
    ),
    # The bytes of a dead letter may hold personal data: they stay on the topic.
    DEAD_LETTERS.name: Table(
        "dead_letters",
        DeadLetter,
        _columns(DeadLetter, without=frozenset({"key", "value"})),
        lambda r, find: decode_output(DeadLetter, r, find),
    ),
}
"""Topic name → where its records go."""
SHAPES: Final = {table.name: table.shape for table in TABLES.values()}
"""Table name → its columns, for targets that have no migrations."""
