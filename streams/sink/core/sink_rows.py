"""Conversion of messages to rows: pure functions, one per stored topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

import orjson

from schemas.inputs import FindSchema, RawRecord
from schemas.rating_scale import FIVE_STARS, Scales
from schemas.records import AspectSpan, CandidateModel, ScoredReview
from schemas.table_shapes import Kind, TableShape
from schemas.topics import CATALOGUE, STARS, Topic


@dataclass(frozen=True, slots=True)
class StoredTopic:
    """A topic with a table, and how its records become rows of it."""

    topic: Topic[Any]
    name: str
    columns: tuple[str, ...]

    @property
    def shape(self) -> TableShape:
        """What a target that makes its own tables needs to know."""
        return _shape(self.topic.record, self.columns)

    @property
    def stage(self) -> str:
        """The stage that a record fails which cannot be decoded."""
        return "store" if self.topic.decoder is None else "decode"

    def decode(self, record: RawRecord, find_schema: FindSchema) -> Any:
        """The record, None where it only marks a deletion from a compacted topic. Raises as
        ``Topic.decode`` does.
        """
        if self.topic.compacted and record.value is None:
            return None
        return self.topic.decode(record, find_schema)

    def row(self, record: Any, scales: Scales = FIVE_STARS) -> Sequence[object] | None:
        """The row of a decoded record; None of a deletion. Asks no server."""
        if record is None:
            return None
        return [
            _stars(record, scales) if column == STARS else _cell(column, getattr(record, column))
            for column in self.columns
        ]

    def off_scale(self, row: Sequence[object], scales: Scales) -> str | None:
        """The name of the scale that the rating in a row is off, if there is one."""
        if STARS not in self.columns or row[self.columns.index(STARS)] is not None:
            return None
        rating, source = (row[self.columns.index(name)] for name in ("rating", "source"))
        return None if rating is None else scales.of(None if source is None else str(source)).name


def _stars(review: ScoredReview, scales: Scales) -> float | None:
    return None if review.rating is None else scales.of(review.source).stars(review.rating)


def _cell(column: str, value: object) -> object:
    """Records within a record are kept as JSON."""
    if value is None:
        return EMPTY.get(column)
    nested = isinstance(value, tuple | CandidateModel | AspectSpan)
    return orjson.dumps(value).decode() if nested else value


_KINDS: Final[Mapping[object, Kind]] = {
    float: "number",
    int: "integer",
    bool: "boolean",
    datetime: "time",
}
_MAPPINGS: Final[Mapping[object, Kind]] = {int: "counts", str: "texts", float: "shares"}
EMPTY: Final[Mapping[str, object]] = {
    "probabilities": {},
    "sentences": "",
    "aspects": "",
    "aspect": "",
}
"""Cells of columns that are empty where the record has null: a map in ClickHouse cannot be NULL."""
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


TABLES: Final = {
    topic.name: StoredTopic(topic, topic.table.name, topic.columns)
    for topic in CATALOGUE
    if topic.table is not None
}
"""Topic name → where its records go."""
SHAPES: Final = {table.name: table.shape for table in TABLES.values()}
"""Table name → its columns, for targets that have no migrations."""
