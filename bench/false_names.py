"""False names by domain: spans of held-out reviews that the tagger takes for people or places,
counted against a hand-read list.

``python -m bench.false_names CORPUS [--tagger FOLDER
...]`` writes ``bench/false_names.json``, whose table ``python -m bench.masking_quality`` puts into
its own. CORPUS is the folder of the corpus; no text of it is kept, so the list of what was read,
``false_names_read.json``, holds hashes: of each word in each text that names a person or a place,
whether of an author, a figure of a novel or a waiter. A span without such a word is false, and so
is what nobody has read.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import regex

from models.lab.judgement.corpus import read
from models.lab.judgement.text_keys import digest, text_key
from models.lab.names.selection import DOMAINS, held_out
from models.names.tagger import SHIPPED, Found, NameTagger
from models.text.cleaning import clean

SAMPLE: Final = 400
HERE: Final = Path(__file__)
FIGURES, READ = HERE.with_suffix(".json"), HERE.with_name("false_names_read.json")
KINDS: Final = ("PERSON", "LOCATION")
WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
CAPTION: Final = """\
False names by domain: PERSON spans in a hundred of {texts} held-out reviews of each domain that
name nobody, in brackets all of them; LOCATION: all spans, right ones too. What names somebody, be
it an author, was told by reading the spans of several taggers ([list](false_names_read.json)); a
span that nobody has read is false here. Apps: courses and phones stand for them, as no set has
reviews of apps. Airline: tweets. Written by `python -m bench.false_names`.
"""


def samples(corpus: Path) -> dict[str, list[str]]:
    """The texts of each domain: the first by their digests."""
    texts = read(corpus)
    return {
        domain: list(filter(None, map(clean, held_out(texts, domain))))[:SAMPLE]
        for domain in DOMAINS
    }


def keys(text: str, span: str) -> Iterator[str]:
    """A hash of each word of a span in its text."""
    for word in WORD.findall(span.lower()):
        yield f"{digest(f'{text_key(text)} {word}'):016x}"


def counted(
    texts: Sequence[str], found: Sequence[Sequence[Found]], real: Collection[str]
) -> dict[str, dict[str, int]]:
    """Of each kind how many spans there are, and how many of them are false."""
    counts = {kind: {"spans": 0, "false": 0} for kind in KINDS}
    for text, spots in zip(texts, found, strict=True):
        for spot in spots:
            counts[spot.type]["spans"] += 1
            counts[spot.type]["false"] += not any(
                key in real for key in keys(text, text[spot.start : spot.end])
            )
    return counts


def section(figures: dict[str, Any]) -> str:
    """A table in Markdown, a column for each tagger and kind."""
    columns = [(version, kind) for version in figures["taggers"] for kind in KINDS]
    lines = [
        CAPTION.format(texts=figures["texts"]),
        f"| | {' | '.join(f'{kind}, {version}' for version, kind in columns)} |",
    ]
    lines.append("|---" * (1 + len(columns)) + "|")
    for domain in DOMAINS:
        cells = []
        for version, kind in columns:
            one = figures["taggers"][version][domain]
            false, spans = (100 * one[kind][what] / one["texts"] for what in ("false", "spans"))
            cells.append(f"{false:.1f} ({spans:.1f})" if kind == KINDS[0] else f"{spans:.1f}")
        lines.append(f"| {domain} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def recorded() -> str:
    """The table of the figures that were measured last, or nothing."""
    return section(json.loads(FIGURES.read_text(encoding="utf8"))) if FIGURES.exists() else ""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument(
        "--tagger",
        type=Path,
        action="append",
        help="folders of models, the shipped one where none is named",
    )
    asked = parser.parse_args()
    real = frozenset(json.loads(READ.read_text(encoding="utf8")))
    texts = samples(asked.corpus)
    figures: dict[str, Any] = {"texts": SAMPLE, "taggers": {}}
    for folder in asked.tagger or [SHIPPED]:
        tagger = NameTagger.load(folder)
        figures["taggers"][tagger.version] = {
            domain: counted(sample, tagger(sample), real) | {"texts": len(sample)}
            for domain, sample in texts.items()
        }
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
