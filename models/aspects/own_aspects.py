"""The user's own aspects: a TOML file of ``[[aspect]]``, each with a name and example words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from schemas.errors import InputError

MOST_ASPECTS: Final = 200
GIVEN: Final = "own aspects"
"""What an error names where they came from no file."""
Name = Annotated[str, Field(min_length=1, max_length=64)]
Example = Annotated[str, Field(min_length=1, max_length=64)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class OwnAspect(BaseModel):
    """One ``[[aspect]]``. ``languages``: ISO 639-1 codes of the only texts it is looked for in; all
    where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: Name
    examples: Annotated[tuple[Example, ...], Field(min_length=1, max_length=64)]
    languages: frozenset[Language] = frozenset()

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("holds characters that cannot be printed")
        return name

    @field_validator("examples")
    @classmethod
    def _of_words(cls, examples: tuple[str, ...]) -> tuple[str, ...]:
        for example in examples:
            if not any(character.isalnum() for character in example):
                raise ValueError(f"{example!r} has neither a letter nor a digit")
        return examples

    def applies(self, language: str) -> bool:
        """Whether it is looked for in texts of a language."""
        return not self.languages or language in self.languages


def read(source: Path | Mapping[str, Any]) -> tuple[OwnAspect, ...]:
    """The aspects of a file, or of its parsed content. Raises ``InputError`` that names the file,
    the aspect and what is wrong with it.
    """
    if isinstance(source, Path):
        return _aspects(_parsed(source), str(source))
    return _aspects(source, GIVEN)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or type(error).__name__}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: {error}") from error


def _aspects(document: Mapping[str, Any], origin: str) -> tuple[OwnAspect, ...]:
    others = [key for key in document if key != "aspect"]
    entries = document.get("aspect", [])
    if others or not isinstance(entries, list):
        raise InputError(
            f"{origin}: a file of aspects holds [[aspect]] and nothing else, but there is "
            f"{', '.join(others) or 'aspect'}"
        )
    if len(entries) > MOST_ASPECTS:
        raise InputError(f"{origin}: {len(entries)} aspects, {MOST_ASPECTS} at most")
    aspects = tuple(_aspect(origin, number, entry) for number, entry in enumerate(entries, 1))
    names = [aspect.name for aspect in aspects]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{origin}: more than one aspect is named {', '.join(repeated)}")
    return aspects


def _aspect(origin: str, number: int, entry: Any) -> OwnAspect:
    try:
        return OwnAspect.model_validate(entry)
    except ValidationError as error:
        name = entry.get("name") if isinstance(entry, dict) else None
        named = isinstance(name, str) and name.isprintable() and name
        which = f"aspect {number} ({name})" if named else f"aspect {number}"
        problems = [
            f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}"
            for each in error.errors(include_url=False)
        ]
        raise InputError(f"{origin}: {which}: {'; '.join(problems)}") from None
