"""The simple baseline of polarities: character n-grams around a term under logistic regression.

    python -m models.lab.aspects.baseline DATA CACHE OUT.json [--texts FOLDER]

Character 2- to 5-grams inside words, and words and pairs of them, of the 45 characters before a
term, of the term and of those behind it; a model for each set, so for each language of M-ABSA,
trained on the terms of its training texts. OUT.json is what ``undertone evaluate FOLDER --aspects
--against`` reads; FOLDER gets the held-out texts, a file a set.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from infra.whole_files import replaced_file
from models.evaluation.aspect_terms import NO_POLARITY, GoldTerm, Tally
from models.evaluation.by_aspect_set import document
from models.lab.aspects import make, measuring, prepared, recipe
from models.lab.aspects.corpus import AspectText
from models.lab.aspects.prepared import HELD_OUT, TRAINED, Prepared

NAME: Final = "±45 character n-grams + logistic regression"
AROUND: Final = 45
FEATURES: Final = 60_000
FEWEST: Final = 50
"""Training terms below which a set has no model of its own."""
console = Console()


def context(text: str, term: GoldTerm) -> str:
    """A term between marks, and what is around it."""
    before = text[max(0, term.start - AROUND) : term.start]
    behind = text[term.end : term.end + AROUND]
    return f"{before} « {text[term.start : term.end]} » {behind}"


def model() -> Any:
    """Not yet trained."""
    return make_pipeline(
        make_union(
            TfidfVectorizer(
                analyzer="char_wb",
                ngram_range=(2, 5),
                min_df=2,
                max_features=FEATURES,
                dtype=np.float32,
            ),
            TfidfVectorizer(
                analyzer="word",
                ngram_range=(1, 2),
                min_df=2,
                max_features=FEATURES,
                dtype=np.float32,
            ),
        ),
        LogisticRegression(C=3.0, max_iter=100, tol=1e-3),
    )


def judged(train: Sequence[AspectText], held_out: Sequence[AspectText]) -> list[list[int]]:
    """Polarities of the marked terms of each held-out text, by a model of the terms of others."""
    known = [
        (context(text.text, term), term.polarity)
        for text in train
        for term in text.terms
        if term.polarity != NO_POLARITY
    ]
    asked = [context(text.text, term) for text in held_out for term in text.terms]
    labels = [label for _, label in known]
    if len(known) < FEWEST or len(set(labels)) < 2:
        said = [max(set(labels), key=labels.count) if labels else 2] * len(asked)
    else:
        said = model().fit([one for one, _ in known], labels).predict(asked).tolist()
    each = iter(said)
    return [[int(next(each)) for _ in text.terms] for text in held_out]


def figures(texts: Sequence[AspectText], rows: Prepared) -> dict[str, Tally]:
    """By set; no term is looked for."""
    found = {}
    for name in sorted({text.set for text in texts}):
        train, held_out = (
            [text for text in measuring.part(texts, rows, part) if text.set == name]
            for part in (TRAINED, HELD_OUT)
        )
        if not train or not held_out:
            continue
        tally = found[name] = Tally()
        for text, said in zip(held_out, judged(train, held_out), strict=True):
            tally.add(text.terms, [], said)
        console.print(f"{name}: {tally.figures().accuracy:.3f} of {tally.figures().judged:,} terms")
    return found


def write_texts(texts: Sequence[AspectText], rows: Prepared, folder: Path) -> None:
    """The held-out texts as files of labelled reviews."""
    held_out = measuring.part(texts, rows, HELD_OUT)
    for name in sorted({text.set for text in held_out}):
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(["text", "aspects", "domain", "lang"])
        for text in held_out:
            if text.set != name:
                continue
            writer.writerow([text.text, text.aspects, text.domain, text.language])
        with replaced_file(folder / f"{name}.csv.gz") as file:
            file.write(gzip.compress(buffer.getvalue().encode("utf8", "surrogatepass"), mtime=0))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("cache", type=Path, metavar="CACHE")
    parser.add_argument("out", type=Path, metavar="OUT.json")
    parser.add_argument("--texts", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    rows, texts = prepared.prepare(
        given.data, given.cache, make.Begun.of(make.JUDGE).pieces, recipe.WIDTH, console.print
    )
    if given.texts:
        write_texts(texts, rows, given.texts)
    languages: Mapping[str, str] = {text.set: text.language for text in texts}
    told = document(NAME, figures(texts, rows), languages)
    with replaced_file(given.out) as file:
        file.write(json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")


if __name__ == "__main__":
    main()
