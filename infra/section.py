"""Base class and common types of the settings sections."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0)]
R = TypeVar("R")


class Section(BaseModel):
    """A group of settings: immutable, and strict about names so that a typing error is not silently
    ignored.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


def selected(kind: type[R], section: Section) -> R:
    """The settings that pure code needs, which knows nothing of settings: ``kind`` is a dataclass
    of some of their names.
    """
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: getattr(section, name) for name in names})
