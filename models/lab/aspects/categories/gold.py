"""Gold aspects of the labelled sets: term, the clause it stands in, and its category in the
built-in taxonomy.

``mapping.toml`` says which label of a set is which category. Parts are those of the judge: a text
that is held out there is held out here, and M-ABSA is split by sentence across languages.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from models.aspects.clauses import clause
from models.aspects.taxonomy import taxonomy
from models.lab.judgement import corpus, corpus_split, sources
from models.lab.judgement.corpus import Row
from models.lab.judgement.corpus_split import Part, part_of
from models.lab.judgement.text_keys import text_key

FILE: Final = Path(__file__).with_name("mapping.toml")
LEFT_OUT: Final = ("en_dmaste_aspects", "bn_cricket")
"""Sets whose categories are domains, or of no product."""
BY_TERM: Final = "service_or_staff"
LONGEST: Final = 200
"""Characters of a text whose one category may stand for it where no term is named."""


@dataclass(frozen=True, slots=True)
class GoldAspect:
    """``term`` is empty where none is named: then ``context`` is the whole text. ``label``: the
    set's own, in small letters. ``twin``: the same for an aspect and its translations, empty where
    these are unknown.
    """

    set: str
    language: str
    category: str
    label: str
    part: Part
    trains: bool
    twin: str = field(repr=False)
    term: str = field(repr=False)
    context: str = field(repr=False)


def read(data: Path) -> list[GoldAspect]:
    """All that have a category, by set. Raises ``InputError``."""
    kept_back = set(corpus_split.withheld(corpus.read(data)))
    sets = dict(_sets(data / corpus.REVIEWS))
    for rows in sets.values():
        kept_back |= {
            text_key(row["text"].strip())
            for row, group in rows
            if part_of(corpus_split.bucket(group)) in {Part.HELD_OUT, Part.DEVELOPMENT}
        }
    english = {
        (group, row["domain"]): _aspects(row) for row, group in sets.get(corpus.ORIGINAL, [])
    }
    found = []
    for name, rows in sets.items():
        for row, group in rows:
            part = part_of(corpus_split.bucket(group))
            trains = (
                sources.SOURCES[name].trains
                and part is Part.TRAINING
                and text_key(row["text"].strip()) not in kept_back
            )
            original = (
                english.get((group, row["domain"])) if name.startswith(corpus.TRANSLATED) else None
            )
            for at, category, label, term, context in _labelled(row, original):
                twin = f"{group}/{row['domain']}/{at}" if original is not None else ""
                found.append(
                    GoldAspect(
                        name, row["lang"], category, label, part, trains, twin, term, context
                    )
                )
    return found


def _sets(folder: Path) -> Iterator[tuple[str, list[tuple[Row, str | None]]]]:
    """Those that have aspects with categories, their rows each with its group of the split."""
    for path in sorted(folder.glob("*.csv.gz")):
        name = path.name.removesuffix(".csv.gz")
        if name not in LEFT_OUT and name in sources.SOURCES:
            rows = list(corpus.grouped(folder, name))
            if any(aspect["category"] for row, _ in rows for aspect in _aspects(row)):
                yield name, rows


def _aspects(row: Row) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(row["aspects"] or "[]")
    return found


def _labelled(
    row: Row, original: Sequence[Mapping[str, Any]] | None
) -> Iterator[tuple[int, str, str, str, str]]:
    """Position, category, label, term and context of the aspects that have a category."""
    text, aspects = row["text"], _aspects(row)
    categories = [mapped(aspect["category"]) for aspect in aspects]
    twins = original if original is not None and len(original) == len(aspects) else None
    for at, (aspect, category) in enumerate(zip(aspects, categories, strict=True)):
        named = aspect["start"] >= 0
        if category == BY_TERM:
            whose = (twins[at]["term"], "en") if twins else (aspect["term"], row["lang"])
            category = "staff" if named and _of_people(*whose) else "service"
        if not category:
            continue
        label = aspect["category"].lower()
        if named:
            yield at, category, label, aspect["term"], clause(text, aspect["start"], aspect["end"])
        elif len(set(categories)) == 1 and len(text) < LONGEST:
            yield at, category, label, "", text


def mapped(label: str) -> str:
    """The category of a set's label, ``BY_TERM``, or empty where there is none."""
    mapping = _mapping()
    name = label.lower().replace("style&options", "style_options")
    entity, _, attribute = name.partition("#") if "#" in name else name.rpartition(" ")
    if not entity:
        entity, attribute = attribute, ""
    exact = mapping["exact"]
    for key in (name, f"{entity} {attribute}"):
        if key in exact:
            return exact[key]
    if attribute in mapping["attribute"]:
        return mapping["attribute"][attribute]
    if mapping["entity"].get(entity) == "general" and attribute in mapping["whole"]:
        return mapping["whole"][attribute]
    return mapping["entity"].get(entity, "")


@cache
def _mapping() -> dict[str, dict[str, str]]:
    return tomllib.loads(FILE.read_text(encoding="utf8"))


def _of_people(term: str, language: str) -> bool:
    folded = term.casefold()
    words = taxonomy()["staff"].words.get(language, ())
    return any(word.casefold() in folded for word in words)
