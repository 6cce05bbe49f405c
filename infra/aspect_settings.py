"""Settings of aspects. Part of ``infra.settings``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from infra.section import Section


class AspectSettings(Section):
    """What reviews say of single aspects, such as the battery or the service."""

    level: Literal["off", "terms", "full"] = Field(
        "off",
        description="Whether the worker finds the aspects that each review names, at most its "
        "first 32, and what it says of them: off, terms (their words and sentiment), or full "
        "(their category too).",
    )
    own: Path | None = Field(
        None,
        description="TOML file with aspects of your own, for the level full: for each `[[aspect]]` "
        "its `name`, some `examples` and, where it is meant for some only, its `languages`.",
    )
