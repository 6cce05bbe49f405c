"""Declared rules: a TOML file, validated as a whole before any query runs."""

from __future__ import annotations

import operator
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from schemas.errors import InputError

OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq,
    "!=": operator.ne,
}  # fmt: skip
CONDITION: Final = re.compile(r"\s*(\w+)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?)\s*")
DURATION: Final = re.compile(r"(\d+)([smhd])")
UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
STATEMENT: Final = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
PLACEHOLDER: Final = re.compile(r"\{(start|end)\}")

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]


@dataclass(frozen=True, slots=True)
class Condition:
    """``column`` of a row compared with a number."""

    column: str
    operator: str
    threshold: float

    def holds(self, value: float) -> bool:
        """Whether it does; not for a number that is none."""
        return value == value and OPERATORS[self.operator](value, self.threshold)


class Rule(BaseModel):
    """One ``[[rule]]``. Each row that ``query`` returns is a condition of its own, identified by
    the columns in ``by``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Identifier
    query: str = Field(repr=False)
    condition: str
    window: str = "1h"
    every: str = "1m"
    severity: Literal["info", "warning", "critical"] = "warning"
    summary: str = ""
    by: tuple[Identifier, ...] = ()
    labels: Mapping[Identifier, str] = Field(default_factory=dict)

    @field_validator("condition")
    @classmethod
    def _comparison(cls, value: str) -> str:
        if CONDITION.fullmatch(value) is None:
            raise ValueError(
                "a condition is a column, one of > >= < <= == != and a number, such as 'reviews < "
                "10'"
            )
        return value

    @field_validator("window", "every")
    @classmethod
    def _time(cls, value: str) -> str:
        match = DURATION.fullmatch(value)
        if match is None or int(match[1]) == 0:
            raise ValueError("a time is a number and s, m, h or d, such as '15m'")
        return value

    @field_validator("query")
    @classmethod
    def _one_select(cls, value: str) -> str:
        if STATEMENT.match(value) is None or ";" in value.rstrip().rstrip(";"):
            raise ValueError("a query is one SELECT")
        return value.rstrip().rstrip(";")

    @model_validator(mode="after")
    def _own_names(self) -> Rule:
        if both := sorted(set(self.by) & set(self.labels)):
            raise ValueError(f"{', '.join(both)} is both in by and in labels")
        return self

    @property
    def test(self) -> Condition:
        """``condition``, read."""
        match = CONDITION.fullmatch(self.condition)
        assert match is not None
        return Condition(match[1], match[2], float(match[3]))

    @property
    def period(self) -> timedelta:
        """``every``, read."""
        return duration(self.every)

    def statement(self, at: datetime) -> str:
        """The query for the window that ends at ``at``, which is aware."""
        moments = {"start": at - duration(self.window), "end": at}
        return PLACEHOLDER.sub(lambda match: _literal(moments[match[1]]), self.query)


def duration(text: str) -> timedelta:
    """``15m`` and the like; checked before."""
    match = DURATION.fullmatch(text)
    assert match is not None
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _literal(moment: datetime) -> str:
    return f"toDateTime64('{moment:%Y-%m-%d %H:%M:%S}', 3, 'UTC')"


def read(path: Path) -> tuple[Rule, ...]:
    """The rules of a file. Raises ``InputError`` that names the file, the rule and what is wrong
    with it.
    """
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    entries = document.pop("rule", [])
    if document or not isinstance(entries, list):
        raise InputError(
            f"{path}: a file of rules holds [[rule]] and nothing else, but there is "
            f"{', '.join(document) or 'rule'}"
        )
    rules = tuple(_rule(path, number, entry) for number, entry in enumerate(entries, 1))
    names = [rule.name for rule in rules]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: more than one rule is named {', '.join(repeated)}")
    return rules


def _rule(path: Path, number: int, entry: Any) -> Rule:
    try:
        return Rule.model_validate(entry)
    except ValidationError as error:
        name = (
            entry.get("name", f"number {number}") if isinstance(entry, dict) else f"number {number}"
        )
        problems = [
            f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}"
            for e in error.errors(include_url=False)
        ]
        raise InputError(f"{path}: rule {name}: {'; '.join(problems)}") from None
