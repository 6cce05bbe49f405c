"""Aspect terms on held-out texts by set and language, beside the simple baseline: bench/aspects.md.

    python -m bench.aspects TEXTS

``TEXTS`` is the folder of held-out texts and bench/aspects_baseline.json the figures that
``python -m models.lab.aspects.baseline DATA CACHE bench/aspects_baseline.json --texts TEXTS``
wrote.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from threadpoolctl import threadpool_limits

from models.aspects.categories import Categoriser
from models.aspects.extractor import AspectExtractor
from models.aspects.terms import TermTagger
from models.evaluation.by_aspect_set import figure
from models.training import datasets
from schemas.text import MaskedText
from streams.cli.models.evaluate_aspects import figures_of

FOLDER: Final = Path(__file__).parent
BASELINE, TABLE = FOLDER / "aspects_baseline.json", FOLDER / "aspects.md"
NEEDED: Final = {
    "en_semeval14_laptop": (0.72, 0.74),
    "en_semeval14_restaurant": (0.78, 0.80),
    "en_mams_restaurant": (None, 0.70),
}
"""Marks: F1 of terms, and accuracy of polarities."""
GAIN_IN: Final = ("es", "fr", "nl", "ru", "tr", "ar", "zh")
LENGTH: Final = 200
RATED: Final = 3000
INTRODUCTION = """Made by `python -m bench.aspects TEXTS`, on the held-out texts of the split;
pronouns are left out. F1: both ends of a term right; overlap: a character in common. Accuracy and
macro-F1: polarities of the marked terms. Baseline: n-grams of characters and words of a term and 45
characters on each side under logistic regression, a model a set, of polarities alone
(`python -m models.lab.aspects.baseline`). The shipped style of marking is used for every set, the
SemEval-14 figures are of a part of its training file (the test file is not among the data), and
M-ABSA is machine-translated."""


def document(found: Mapping[str, Any], baseline: Mapping[str, Any], rate: str) -> str:
    """The page."""
    sets = found["by"]["set"]
    known = {part["name"]: part for part in baseline["by"]["set"]}
    lines = [f"# Aspect terms: {found['model']}", "", INTRODUCTION, ""]
    lines += [*_marks(sets, known), "", rate, "", "## By set", ""]
    lines += [
        "| set | language | texts | terms | F1 | overlap | accuracy | baseline | macro-F1 | "
        "baseline |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for part in sets:
        base = known.get(part["name"], {})
        values = [
            *(figure(part, key) for key in ("exact", "overlap", "accuracy")),
            base.get("accuracy"),
            part["macro_f1"],
            base.get("macro_f1"),
        ]
        cells = " | ".join("" if value is None else f"{value:.3f}" for value in values)
        lines.append(
            f"| `{part['name']}` | {part['language']} | {part['texts']:,} | {part['terms']:,} | "
            f"{cells} |"
        )
    return "\n".join([*lines, ""])


def _marks(sets: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> list[str]:
    lines = ["| what | wanted | reached |", "|---|---|---|"]
    by_name = {part["name"]: part for part in sets}
    for name, (f1, accuracy) in NEEDED.items():
        part = by_name[name]
        if f1 is not None:
            lines.append(f"| F1, `{name}` | {f1:.2f} | {figure(part, 'exact'):.3f} |")
        lines.append(f"| polarity, `{name}` | {accuracy:.2f} | {part['accuracy']:.3f} |")
    gains = [
        part["accuracy"] - known[part["name"]]["accuracy"]
        for part in sets
        if part["language"] in GAIN_IN and part["name"] in known
    ]
    mean = sum(gains) / len(gains)
    languages = " ".join(GAIN_IN)
    lines.append(
        f"| polarity above the baseline, mean of sets in {languages} | 0.05 | {mean:.3f} |"
    )
    overlaps = [figure(part, "overlap") or 0 for part in sets if part["name"].startswith("mabsa_")]
    spread = max(overlaps) - min(overlaps)
    lines.append(
        f"| M-ABSA, overlap, largest less smallest of {len(overlaps)} languages | at most 0.25 | "
        f"{spread:.3f} |"
    )
    return lines


def rate(folder: Path) -> str:
    """Reviews of ``LENGTH`` characters in a second of one processor's time."""
    texts, review = [], ""
    for path in sorted(folder.glob("en_*.csv.gz")):
        for _, row in datasets.cells(path):
            review = f"{review} {row['text']}".strip()
            if len(review) >= LENGTH:
                texts.append(review[:LENGTH])
                review = ""
    masked = [MaskedText(text) for text in texts[:RATED]]
    codes = ["en"] * len(masked)
    tagger = TermTagger.load()
    extract = AspectExtractor(tagger, Categoriser.load(), tagger.judge)
    terms = _rate(lambda: tagger(masked, codes), len(masked))
    full = _rate(lambda: extract(masked, codes, level="full"), len(masked))
    return (
        f"On {LENGTH} characters of English: terms and polarities of {terms:,.0f} texts/s a core, "
        f"with categories {full:,.0f}."
    )


def _rate(work: Callable[[], object], texts: int) -> float:
    """The best of three."""
    best = 0.0
    with threadpool_limits(1):
        for _ in range(3):
            began = time.process_time()
            work()
            best = max(best, texts / (time.process_time() - began))
    return best


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", type=Path, metavar="TEXTS")
    given = parser.parse_args()
    baseline = json.loads(BASELINE.read_text(encoding="utf8"))
    page = document(figures_of(given.texts, None), baseline, rate(given.texts))
    TABLE.write_text(page, encoding="utf8")


if __name__ == "__main__":
    main()
