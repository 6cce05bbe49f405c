"""The simple baseline: character 2- to 5-grams and word 1- to 2-grams under logistic regression,
one model a language.

    python -m models.lab.judgement.student.baseline DATA CACHE OUT.json [--texts FOLDER]

Trained on the labels of the same training texts with balanced classes; judged on the held-out ones.
Languages share no feature. OUT.json is what ``undertone evaluate FOLDER --against`` reads; FOLDER
gets the held-out texts, a file a set.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.evaluation import by_part
from models.lab.judgement.encoder_figures import FEWEST as FEWEST_OF_A_PAIR
from models.lab.judgement.student import measuring, prepared, weighing, wide
from models.lab.judgement.student.prepared import WRITTEN, Chosen, Floats, Places, Prepared
from models.lab.judgement.student.weighing import Weighing
from models.lab.judgement.student.wide import WideSettings
from models.labels import LABELS, Judgement

NAME = "character n-grams + logistic regression"
PAIR = "set and language"
FEATURES, WORDS = "baseline", 2
SETTINGS = WideSettings(epochs=3, rate=0.6, apart=False)
LABELS_ALONE = Weighing(hard=1.0, power=1.0, sets=0.0, weak=1.0, translated=1.0)


def of_corpus(rows: Prepared) -> Chosen:
    """The training texts that stand in the corpus: none that was written, no copy."""
    own = rows.original == np.arange(len(rows.original))
    chosen: Chosen = rows.train & own & (rows.sets != rows.names["sets"].index(WRITTEN))
    return chosen


def logits(cache: Path, rows: Prepared, train: Chosen, which: Chosen) -> Floats:
    """Of the texts ``which``, by a baseline trained on ``train``; zeros elsewhere."""
    features, known = prepared.load_features(cache, FEATURES)
    language = rows.languages.astype(np.int64)
    made = wide.fit(
        features, len(known), language, train, weighing.targets(rows, train, LABELS_ALONE), SETTINGS
    )
    found = np.zeros((len(rows.label), 3), np.float32)
    characters, words = made.logits(np.flatnonzero(which), features, language)
    found[which] = characters + words
    return found


def document(rows: Prepared, texts: Sequence[str], found: Floats, judged: Chosen) -> dict[str, Any]:
    """Figures on the texts ``judged``. ``found``: logits of all texts."""
    which = np.flatnonzero(judged)
    sets, languages = _names(rows, "sets", rows.sets[which]), _spoken(rows, which)
    names = {
        by_part.SET: [file_name(name) for name in sets],
        "language": languages,
        by_part.LENGTH: [by_part.length_name(texts[at]) for at in which.tolist()],
        "label source": ["stars" if weak else "people" for weak in rows.weak[which].tolist()],
        PAIR: [f"{name}/{language}" for name, language in zip(sets, languages, strict=True)],
    }
    judgement = Judgement(measuring.probabilities(found[which]), np.ones(len(which), np.bool_))
    made = by_part.document(NAME, names, judgement, rows.label[which].tolist())
    made["by"][PAIR] = [part for part in made["by"][PAIR] if part["reviews"] >= FEWEST_OF_A_PAIR]
    return made


def write_texts(rows: Prepared, texts: Sequence[str], judged: Chosen, folder: Path) -> None:
    """Write the texts ``judged`` as sets for ``undertone evaluate FOLDER``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(rows.names["sets"]):
        which = np.flatnonzero(judged & (rows.sets == number))
        if not len(which):
            continue
        with gzip.open(folder / file_name(name), "wt", encoding="utf8", newline="") as file:
            written = csv.writer(file)
            written.writerow(("text", "label", "lang", "stars"))
            for at, language in zip(which.tolist(), _spoken(rows, which), strict=True):
                stars = "yes" if rows.weak[at] else ""
                written.writerow((texts[at], LABELS[rows.label[at]], language, stars))


def file_name(name: str) -> str:
    """The file of a set, by which ``undertone evaluate FOLDER`` names it."""
    return f"{name}.csv.gz"


def _names(rows: Prepared, kind: str, places: np.ndarray) -> list[str]:
    return [rows.names[kind][place] for place in places.tolist()]


def _spoken(rows: Prepared, which: Places) -> list[str]:
    return _names(rows, "languages", rows.languages[which])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("cache", type=Path, metavar="CACHE")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--texts", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    prepared.gather(given.data, given.cache)
    rows, texts = prepared.load(given.cache), prepared.texts_of(given.cache)
    prepared.hash_features(given.cache, rows, FEATURES, WORDS)
    judged = measuring.judged(rows)
    if given.texts:
        write_texts(rows, texts, judged, given.texts)
    found = document(rows, texts, logits(given.cache, rows, of_corpus(rows), judged), judged)
    given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
