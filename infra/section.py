"""Base class and common types of the settings sections."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A group of settings: immutable, and strict about names so that a typing error is not silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")
