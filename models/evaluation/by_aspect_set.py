"""Figures of aspect terms by set and by language, as one document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from models.evaluation.aspect_terms import Tally

FIGURES: Final = ("exact", "overlap", "accuracy", "macro_f1")


def document(
    model: str, tallies: Mapping[str, Tally], languages: Mapping[str, str]
) -> dict[str, Any]:
    """``tallies``: by set. Of languages the means of their sets."""
    sets = [
        {"name": name, "language": languages[name], **asdict(tally.figures())}
        for name, tally in tallies.items()
    ]
    codes = sorted({one["language"] for one in sets})
    by_language = [
        {"name": code, **means([one for one in sets if one["language"] == code])} for code in codes
    ]
    return {"model": model, "by": {"set": sets, "language": by_language}, "mean": means(sets)}


def means(sets: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the figures of sets that have them."""
    told: dict[str, Any] = {
        "sets": len(sets),
        "texts": sum(one["texts"] for one in sets),
        "terms": sum(one["terms"] for one in sets),
    }
    for name in FIGURES:
        values = [value for one in sets if (value := figure(one, name)) is not None]
        told[name] = sum(values) / len(values) if values else None
    return told


def figure(part: Mapping[str, Any], name: str) -> float | None:
    """A figure of a part; of an agreement its F1."""
    value = part[name]
    found: float | None = value["f1"] if isinstance(value, Mapping) else value
    return found
