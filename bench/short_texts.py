"""Language rejections of short texts: share by language, for texts of fewer than 60 characters and
for longer ones.

``python -m bench.short_texts CORPUS [--each N]`` prints a table. CORPUS is the folder of the corpus
(``models.lab.judgement``). The English film sentences hold some in Spanish, Portuguese and French,
which are rightly refused: those of 60 characters or more.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from models.lab.names.teacher_labels import share
from models.text.cleaning import clean
from models.training.datasets import cells
from streams.stages.language import LanguageIdentifier

SHORT: Final = 60
SERVED: Final = frozenset({"en", "zh"})
LEAST: Final = 0.65
ENGLISH: Final = (
    "rotten_tomatoes_train",
    "reviews/en_sst5",
    "reviews/en_memd_aspects",
    "reviews/en_structured_opener",
)
OTHERS: Final = (
    *(f"reviews/mabsa_{code}" for code in ("da", "de", "es", "fr", "hi", "id", "nl", "pt", "ru",
    "sv", "tr", "vi")),
    "reviews/pl_polemo_hotels", "reviews/hu_husst", "reviews/cs_restaurant",
    "reviews/ca_structured_multibooked",
)  # fmt: skip


def texts(file: Path, most: int) -> list[str]:
    """Different cleaned texts, the first by their digests."""
    found = {clean(row["text"]) for _, row in cells(file)}
    return sorted(filter(None, found), key=share)[:most]


def counted(identifier: LanguageIdentifier, sample: list[str]) -> Counter[str]:
    """How many are taken for a served language, refused, or neither."""
    counts: Counter[str] = Counter()
    for text in sample:
        language = identifier.identify(text, SERVED)
        counts[
            "served"
            if language.code in SERVED
            else "refused"
            if identifier.sure(language)
            else "undetermined"
        ] += 1
    return counts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--each", type=int, default=1500, help="texts of each other language")
    parser.add_argument("--english", type=int, default=20000, help="texts of each English set")
    asked = parser.parse_args()
    identifier = LanguageIdentifier(min_confidence=LEAST)
    sys.stdout.write(
        "| set | characters | texts | taken for en or zh | undetermined | refused "
        "|\n|---|---|---|---|---|---|\n"
    )
    for name in (*ENGLISH, *OTHERS):
        found = texts(
            asked.corpus / f"{name}.csv.gz", asked.english if name in ENGLISH else asked.each
        )
        for label, sample in (
            (f"< {SHORT}", [text for text in found if len(text) < SHORT]),
            (f"≥ {SHORT}", [text for text in found if len(text) >= SHORT]),
        ):
            if sample:
                shares = counted(identifier, sample)
                cells_of = [
                    f"{100 * shares[kind] / len(sample):.2f} %"
                    for kind in ("served", "undetermined", "refused")
                ]
                sys.stdout.write(f"| {name} | {label} | {len(sample)} | {' | '.join(cells_of)} |\n")


if __name__ == "__main__":
    main()
