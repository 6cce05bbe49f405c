"""The simple baseline: character 2- to 5-grams and word 1- to 2-grams under logistic regression,
one model a language.

    python -m models.lab.judgement.student.baseline DATA CACHE OUT.json

Trained on the labels of the same training texts with balanced classes; judged on the held-out ones.
Languages share no feature.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from models.lab.judgement.student import measuring, prepared, weighing, wide
from models.lab.judgement.student.prepared import WRITTEN, Chosen, Floats, Prepared
from models.lab.judgement.student.weighing import Weighing
from models.lab.judgement.student.wide import WideSettings

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


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("cache", type=Path, metavar="CACHE")
    parser.add_argument("out", type=Path, metavar="OUT")
    given = parser.parse_args()
    prepared.gather(given.data, given.cache)
    rows = prepared.load(given.cache)
    prepared.hash_features(given.cache, rows, FEATURES, WORDS)
    judged = measuring.judged(rows)
    found = measuring.by_set(rows, logits(given.cache, rows, of_corpus(rows), judged), judged)
    given.out.write_text(
        json.dumps(
            {f"{name}/{language}": asdict(one) for (name, language), one in found.items()}, indent=1
        )
        + "\n",
        encoding="utf8",
    )


if __name__ == "__main__":
    main()
