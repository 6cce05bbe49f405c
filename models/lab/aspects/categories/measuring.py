"""Figures of the categoriser on texts that did not train it: accuracy by set and language beside
two baselines, and how well aspects of the user's own are found.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.aspects.categories import Categoriser, unit
from models.aspects.own_aspects import OwnAspect, read
from models.aspects.taxonomy import taxonomy
from models.lab.aspects.categories.gold import GoldAspect
from models.lab.judgement.corpus_split import Part

CASES: Final = Path(__file__).with_name("own_cases.toml")
ALL: Final = "all"
THRESHOLDS: Final = tuple(round(0.5 + 0.025 * step, 3) for step in range(19))
BETA: Final = 0.5
"""Precision counts twice as much as recall when the threshold is chosen."""
NEVER: Final = 2.0
"""A similarity that no term reaches: words alone count."""
Names = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class CategoryFigure:
    """Accuracy on terms of a set or language: of the model, of the nearest example word of the
    taxonomy, and of the commonest category; ``macro``: the model's mean recall over categories.
    """

    name: str
    terms: int
    accuracy: float
    macro: float
    nearest: float
    majority: float


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """Of all simulated aspects together."""

    precision: float
    recall: float
    f: float


def by_part(categoriser: Categoriser, aspects: Sequence[GoldAspect]) -> Iterator[CategoryFigure]:
    """Of all terms, of those of each set, and of M-ABSA those of each language."""
    named = [aspect for aspect in aspects if aspect.term]
    gold = np.array([aspect.category for aspect in named])
    found = np.array(_called(categoriser, named))
    nearest = _nearest(categoriser, named)
    sets = np.array([aspect.set for aspect in named])
    commonest = _commonest(gold)
    for name in (ALL, *sorted(set(sets.tolist()))):
        rows = sets == name if name != ALL else np.ones(len(sets), bool)
        right = found[rows] == gold[rows]
        recalls = [right[gold[rows] == each].mean() for each in np.unique(gold[rows])]
        yield CategoryFigure(
            name,
            int(rows.sum()),
            float(right.mean()),
            float(np.mean(recalls)),
            float((nearest[rows] == gold[rows]).mean()),
            float((gold[rows] == commonest).mean()),
        )


def _called(categoriser: Categoriser, aspects: Sequence[GoldAspect]) -> list[str]:
    return categoriser(
        [aspect.term for aspect in aspects],
        [aspect.context for aspect in aspects],
        [aspect.language for aspect in aspects],
    )


def _commonest(gold: Names) -> str:
    names, counts = np.unique(gold, return_counts=True)
    return str(names[counts.argmax()])


def _nearest(categoriser: Categoriser, aspects: Sequence[GoldAspect]) -> Names:
    """The category of the example word, of any language, that is nearest to each term."""
    pairs = [
        (word, category.name)
        for category in taxonomy().values()
        for words in category.words.values()
        for word in words
    ]
    network = categoriser.network
    examples = unit(network.means([word for word, _ in pairs]))
    terms = unit(network.means([aspect.term for aspect in aspects]))
    best = [
        int((part @ examples.T).argmax(1)[at]) for part in _parts(terms) for at in range(len(part))
    ]
    return np.array([pairs[at][1] for at in best])


def _parts(terms: Any) -> Iterator[Any]:
    for start in range(0, len(terms), 1000):
        yield terms[start : start + 1000]


def cases() -> list[tuple[OwnAspect, tuple[str, ...]]]:
    """The simulated aspects, each with what the labels that it means begin with."""
    entries = tomllib.loads(CASES.read_text(encoding="utf8"))["case"]
    plain = [{key: entry[key] for key in ("name", "examples")} for entry in entries]
    own = read({"aspect": plain})
    return [(aspect, tuple(entry["labels"])) for aspect, entry in zip(own, entries, strict=True)]


def with_cases(categoriser: Categoriser, similarity: float) -> Categoriser:
    """The categoriser with the simulated aspects, at another threshold."""
    network = replace(categoriser.network, similarity=similarity)
    own = [aspect for aspect, _ in cases()]
    return Categoriser.with_own(network, own)


def own_figure(categoriser: Categoriser, aspects: Sequence[GoldAspect]) -> OwnFigure:
    """Of a categoriser ``with_cases`` on named terms."""
    named = [aspect for aspect in aspects if aspect.term]
    meant = np.array([_meant(aspect.label) for aspect in named])
    own = {aspect.name for aspect, _ in cases()}
    found = np.array([name if name in own else "" for name in _called(categoriser, named)])
    right = ((found == meant) & (meant != "")).sum()
    precision = right / max((found != "").sum(), 1)
    recall = right / max((meant != "").sum(), 1)
    both = max(BETA**2 * precision + recall, 1e-9)
    return OwnFigure(
        float(precision), float(recall), float((1 + BETA**2) * precision * recall / both)
    )


def _meant(label: str) -> str:
    for aspect, labels in cases():
        if label.startswith(labels):
            return aspect.name
    return ""


def threshold(categoriser: Categoriser, aspects: Sequence[GoldAspect]) -> float:
    """The similarity with the best F of the simulated aspects on development texts."""
    development = [each for each in aspects if each.part is Part.DEVELOPMENT]
    scores = {
        similarity: own_figure(with_cases(categoriser, similarity), development).f
        for similarity in THRESHOLDS
    }
    return max(scores, key=lambda similarity: scores[similarity])


def tables(categoriser: Categoriser, aspects: Sequence[GoldAspect]) -> str:
    """All figures on held-out texts, in Markdown."""
    held_out = [each for each in aspects if each.part is Part.HELD_OUT]
    lines = [
        "| set | terms | accuracy | mean recall of categories | nearest example | commonest |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {figure.name} | {figure.terms:,} | {figure.accuracy:.3f} | {figure.macro:.3f} "
        f"| {figure.nearest:.3f} | {figure.majority:.3f} |"
        for figure in by_part(categoriser, held_out)
    ]
    lines += ["", "| own aspects, English examples | by words: precision, recall | with vectors |"]
    lines.append("|---|---|---|")
    kinds = (
        with_cases(categoriser, NEVER),
        with_cases(categoriser, categoriser.network.similarity),
    )
    for name, some in own_parts(held_out).items():
        words, both = (own_figure(kind, some) for kind in kinds)
        lines.append(
            f"| {name} | {words.precision:.2f}, {words.recall:.2f} "
            f"| {both.precision:.2f}, {both.recall:.2f} |"
        )
    return "\n".join(lines)


def own_parts(aspects: Sequence[GoldAspect]) -> Mapping[str, list[GoldAspect]]:
    """English terms, and those of M-ABSA by language."""
    found = {"English sets": [each for each in aspects if each.language == "en"]}
    languages = sorted({each.language for each in aspects if each.set.startswith("mabsa_")})
    found["other languages"] = [each for each in aspects if each.language != "en"]
    for language in languages:
        found[f"M-ABSA {language}"] = [each for each in aspects if each.set == f"mabsa_{language}"]
    return found
