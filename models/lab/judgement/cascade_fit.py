"""Fit the encoder's calibration and the routing of a cascade, on texts of the development part.

    python -m models.lab.judgement.cascade_fit CACHE

``CACHE`` is the folder of ``…student.make``; the encoder's answers are kept there, so that a run
that was stopped goes on. About ten minutes on two cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from infra import native
from infra.settings import ScoringSettings
from infra.whole_files import replaced_file
from models.artifact import artifact as artifacts
from models.inference.classifier import UNKNOWN_LANGUAGE
from models.inference.routing import Doubles, Routing, features, logarithms
from models.lab.judgement.sources import SOURCES
from models.lab.judgement.student import prepared
from models.lab.judgement.student.prepared import Prepared
from models.labels import CLASSES, Floats, Positions
from models.multilingual import encoder_artifact
from models.multilingual.encoder_artifact import Fitted
from models.student.model import Student

MOST = 200
"""Texts of a set and language."""
CHUNK = 512
SCALES = np.arange(0.5, 1.25, 0.05)
OWN = np.arange(0.0, 0.6, 0.1)
RIDGE = 10.0
QUANTILES = 101
ANSWERS = "encoder-answers-{version}-{which}.npz"
UNFITTED = Fitted(1.0, Routing((), np.zeros(0), np.zeros(1), np.zeros(2), 0.0))


def sample(rows: Prepared, chosen: prepared.Chosen, most: int, seed: int = 0) -> Positions:
    """Positions of at most so many of the chosen texts of each set and language."""
    generator = np.random.default_rng(seed)
    pairs = rows.sets.astype(np.int64) * 256 + rows.languages
    picked = [
        generator.permutation(np.flatnonzero(chosen & (pairs == pair)))[:most]
        for pair in np.unique(pairs[chosen])
    ]
    return np.sort(np.concatenate(picked))


def may_fit(rows: Prepared) -> prepared.Chosen:
    """Development texts of sets that may be used for what is shipped, copies left out."""
    trains = np.array([name in SOURCES and SOURCES[name].trains for name in rows.names["sets"]])
    chosen: prepared.Chosen = (
        rows.development & trains[rows.sets] & (rows.original == np.arange(len(rows.original)))
    )
    return chosen


def answers(cache: Path, texts: list[str], which: str) -> Floats:
    """The encoder's probabilities, not calibrated, [texts, 3]."""
    native.prepare()
    from models.inference.network_reader import network

    artifact = encoder_artifact.build(fitted=UNFITTED)
    path = cache / ANSWERS.format(version=artifact.version, which=which)
    found = np.zeros((len(texts), CLASSES), np.float32)
    done = 0
    if path.is_file():
        with np.load(path) as file:
            done = int(file["done"])
            found[:done] = file["found"][:done]
    reader = network(artifact, ScoringSettings(engine="tensorflow"))
    starts = range(done, len(texts), CHUNK)
    for start in track(starts, "encoder", console=Console(stderr=True)):
        part = texts[start : start + CHUNK]
        found[start : start + CHUNK] = reader.judge(
            part, [UNKNOWN_LANGUAGE] * len(part)
        ).probabilities
        with replaced_file(path) as file:
            np.savez(file, found=found, done=start + len(part))
    return found


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the same texts: the probabilities of the student and of the encoder, both [texts, 3], the
    right labels, the languages passed to the student, and the lengths in characters.
    """

    student: Floats
    encoder: Floats
    label: Positions
    languages: Sequence[str]
    lengths: Floats


def calibration(said: Answers) -> float:
    """The scale of the encoder's logits with the least log loss."""
    scales: list[float] = SCALES.tolist()
    return min(scales, key=lambda scale: _loss(scaled(said.encoder, scale), said.label))


def share_of_own(said: Answers, routing: Routing) -> float:
    """The weight of the student beside the encoder, calibrated, with the least log loss."""

    def loss(own: float) -> float:
        combined = replace(routing, own=own).combined(said.student, said.encoder)
        return _loss(combined, said.label)

    shares: list[float] = OWN.tolist()
    return min(shares, key=loss)


def routed(parts: Sequence[Answers], routing: Routing) -> Routing:
    """The routing with weights: ridge regression of what asking the encoder, calibrated, mends
    and spoils. The quantiles are of the first part.
    """
    known = {code: number for number, code in enumerate(routing.languages)}
    described, mended = [], []
    for said in parts:
        which = [known.get(code, len(known)) for code in said.languages]
        languages = np.eye(len(known) + 1)[which]
        described.append(np.concatenate([features(said.student, said.lengths), languages], 1))
        combined = routing.combined(said.student, said.encoder)
        mended.append(_right(combined, said.label) - _right(said.student, said.label))
    rows, target = np.concatenate(described), np.concatenate(mended)
    penalty = RIDGE * np.eye(rows.shape[1])
    solved = np.linalg.solve(rows.T @ rows + penalty, rows.T @ target)
    size = rows.shape[1] - len(known) - 1
    quantiles = np.quantile(described[0] @ solved, np.linspace(0, 1, QUANTILES))
    return replace(routing, weights=solved[:size], by_language=solved[size:], quantiles=quantiles)


def scaled(probabilities: Floats, scale: float) -> Floats:
    """Probabilities whose logits are so many times as large."""
    powers = np.exp(scale * logarithms(probabilities))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)


def _loss(probabilities: Floats, label: Positions) -> float:
    return float(-logarithms(probabilities)[np.arange(len(label)), label].mean())


def _right(probabilities: Floats, label: Positions) -> Doubles:
    return np.asarray(probabilities.argmax(1) == label, np.float64)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cache", type=Path, metavar="CACHE")
    given = parser.parse_args()
    rows, texts = prepared.load(given.cache), prepared.texts_of(given.cache)
    which = sample(rows, may_fit(rows), MOST)
    mine = [texts[at] for at in which.tolist()]
    encoder = answers(given.cache, mine, "development")
    student = Student.load()
    label = rows.label[which].astype(np.int64)
    lengths = np.array([len(text) for text in mine], np.float32)
    codes = [rows.names["languages"][number] for number in rows.languages[which]]
    # And the same texts as of a language without n-grams: how the student judges those it was not
    # trained on.
    parts = [
        Answers(student.probabilities(mine, told), encoder, label, told, lengths)
        for told in (codes, [UNKNOWN_LANGUAGE] * len(mine))
    ]
    scale = calibration(parts[0])
    parts = [replace(said, encoder=scaled(said.encoder, scale)) for said in parts]
    declared = tuple(artifacts.read_manifest(artifacts.JUDGE)["languages"])
    routing = replace(UNFITTED.routing, languages=declared)
    routing = replace(routing, own=round(share_of_own(parts[0], routing), 3))
    fitted = Fitted(round(scale, 3), routed(parts, routing))
    fitted.write()
    Console().print(
        f"{len(mine):,} texts: scale {fitted.scale}, own {fitted.routing.own} "
        f"-> {encoder_artifact.FITTED}"
    )


if __name__ == "__main__":
    main()
