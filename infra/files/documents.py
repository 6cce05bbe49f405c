"""Conversion of a row to a record's JSON document, checked by the function that decodes it from the
topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from schemas import json_input
from schemas.records import MAX_TEXT, Feedback, Review

NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
NUMBERS = frozenset({"rating", "created_at"})
"""Fields that are, or may be, numbers. All others are text."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What the rows of a file become: ``identity`` is made up where a row has none, ``needed`` must
    have a column.
    """

    fields: tuple[str, ...]
    identity: str
    needed: tuple[str, ...]
    decode: Callable[..., object]

    def document(
        self,
        cells: Mapping[str, Any],
        columns: Mapping[str, str],
        default_id: str,
        *,
        text_only: bool,
    ) -> dict[str, Any]:
        """The document of a row, ``columns`` by field. Raises ``json_input.BadField`` where the
        stream would refuse it.
        """
        document = {
            field: _converted(field, value, text_only)
            for field, column in columns.items()
            if (value := cells.get(column)) is not None and value != ""
        }
        document.setdefault(self.identity, default_id)
        if "text" in self.needed:
            _check_text(document.get("text"))
        self.decode(document, default_id=default_id, default_time=ANY_TIME)
        return document

    def takes(self, field: str, value: object, *, text_only: bool) -> bool:
        """Whether the stream would take a cell as this field."""
        document = {name: "positive" if name == "label" else "x" for name in self.needed}
        document[field] = _converted(field, value, text_only)
        try:
            self.decode(document, default_id="x", default_time=ANY_TIME)
        except json_input.BadField:
            return False
        return True


REVIEW: Final = Contract(
    tuple(field.name for field in fields(Review)), "review_id", ("text",), json_input.review
)
FEEDBACK: Final = Contract(
    tuple(field.name for field in fields(Feedback)),
    "feedback_id",
    ("review_id", "label"),
    json_input.feedback,
)


def _check_text(text: object) -> None:
    if text is None or (isinstance(text, str) and not text.strip()):
        raise json_input.BadField("text is empty")
    if isinstance(text, str) and len(text) > MAX_TEXT:
        raise json_input.BadField(f"text has more than {MAX_TEXT:,} characters")


def _converted(field: str, value: Any, text_only: bool) -> Any:
    """A cell as JSON has it: where all cells are text, numbers are read; numbers in fields of text
    are written.
    """
    if field in NUMBERS:
        return _number(value) if text_only and isinstance(value, str) else value
    if (
        isinstance(value, float) and value.is_integer()
    ):  # how a column of ids with gaps is often kept
        return str(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if text_only and field != "text" else value


def _number(text: str) -> Any:
    """A number if it is one, with a decimal point or comma; else the text."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return text
    number = float(text.replace(",", "."))
    return int(text) if text.isdigit() else number
