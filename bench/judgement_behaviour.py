"""The student on sentences that say what they test: negation, time, emoji, ratings; and on words
that must change nothing.

None of these sentences is one of ``models.lab.judgement.student.templates``; single words and emoji
are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.lab.judgement.student import identities
from models.student.kernels import Floats
from models.student.model import Student

N, U, P = range(3)
CASES: Final[dict[str, tuple[tuple[str, str, int], ...]]] = {
    "plain words": (
        ("en", "A terrible, boring film", N),
        ("en", "The toaster was awful.", N),
        ("en", "An ugly, uncomfortable sofa", N),
        ("en", "Dreadful service at the clinic", N),
        ("en", "What a tedious evening", N),
        ("en", "The soup is bland and the bread is stale", N),
        ("en", "Superb from start to end", P),
        ("en", "A charming little bakery", P),
        ("en", "The clinic was excellent.", P),
        ("en", "Beautiful, comfortable sofa", P),
        ("en", "The toaster works flawlessly", P),
        ("de", "Ein schrecklicher, langweiliger Film", N),
        ("de", "Das Sofa ist wunderbar bequem", P),
        ("fr", "Un film ennuyeux et mauvais", N),
        ("fr", "Un séjour magnifique", P),
        ("es", "Una película aburrida y mala", N),
        ("es", "Un hotel precioso y cómodo", P),
        ("it", "Un film noioso e brutto", N),
        ("pt", "Um filme chato e ruim", N),
        ("ja", "退屈でひどい映画", N),
        ("zh", "无聊又难看的电影", N),
        ("zh", "非常舒服的沙发", P),
    ),
    "negated negatives": (
        ("en", "Not bad at all, this toaster.", P),
        ("en", "The wait wasn't long and nobody was rude", P),
        ("en", "I have nothing bad to say about the clinic", P),
        ("en", "Honestly not a terrible way to spend an evening", P),
        ("en", "It has never crashed on me", P),
        ("de", "Gar nicht schlecht, dieser Toaster", P),
        ("de", "Das Essen war überhaupt nicht übel", P),
        ("fr", "Pas mal du tout ce grille-pain", P),
        ("fr", "Le repas n'était pas mauvais du tout", P),
        ("es", "No está nada mal este hotel", P),
        ("it", "Per niente male questo albergo", P),
        ("pt", "Este hotel não é nada mau", P),
        ("ja", "このホテルは全然悪くないです", P),
        ("zh", "这家酒店一点也不差", P),
    ),
    "negation": (
        ("en", "This toaster isn't good at all", N),
        ("en", "I would not call the soup tasty", N),
        ("en", "Didn't enjoy the trip", N),
        ("en", "The nurse was not helpful", N),
        ("de", "Der Urlaub war nicht schön", N),
        ("fr", "Le voyage n'était pas agréable", N),
        ("es", "El viaje no fue agradable", N),
        ("it", "Il viaggio non è stato piacevole", N),
        ("pt", "A viagem não foi agradável", N),
        ("ja", "この店はおいしくない", N),
        ("zh", "这家店不好吃", N),
    ),
    "time and turns": (
        ("en", "This place used to be wonderful. Not any more.", N),
        ("en", "It was a great airline once; now it is awful", N),
        ("en", "The first charger broke, the replacement works perfectly", P),
        ("en", "Great screen, but the battery died after a day and support never answered", N),
        ("de", "Früher war das Lokal toll, heute ist es schrecklich", N),
        ("fr", "Avant c'était délicieux, maintenant c'est immangeable", N),
        ("es", "Antes era un sitio excelente, ahora es horrible", N),
        ("zh", "这家店以前很好吃,现在很难吃", N),
    ),
    "questions with answers": (
        ("en", "Would I stay here again? Yes, gladly.", P),
        ("en", "Would I stay here again? No way.", N),
        ("en", "Was it worth the price? Not really.", N),
        ("de", "Würde ich wieder hingehen? Auf jeden Fall.", P),
        ("fr", "Est-ce que j'y retournerais ? Jamais.", N),
    ),
    "neutral": (
        ("en", "The parcel contains a cable and a manual", U),
        ("en", "We checked in at three and left on Sunday", U),
        ("en", "Is there a version for left-handed people?", U),
        ("de", "Das Paket enthält ein Kabel und eine Anleitung", U),
        ("fr", "Le colis contient un câble et une notice", U),
        ("es", "El paquete contiene un cable y un manual", U),
        ("zh", "包裹里有一根数据线和一本说明书", U),
    ),
    "emoji and ratings": (
        *(("en", mark, P) for mark in ("👍👍👍", "😍", "★★★★★", "10/10", "5 stars", "❤❤", "👍🏽")),
        *(("en", mark, N) for mark in ("👎", "💩", "★☆☆☆☆", "1/10", "one star", "😡😡😡", "🤮")),
        *(
            (language, "👍👍👍", P)
            for language in ("de", "fr", "es", "it", "pt", "ja", "zh", "ko", "ru", "ar", "hi")
        ),
        *(
            (language, "💩", N)
            for language in ("de", "fr", "es", "it", "pt", "ja", "zh", "ko", "ru", "ar", "hi")
        ),
    ),
    "typing": (
        ("en", "GREAT SOUND QUALITY", P),
        ("en", "sooooo goooood", P),
        ("en", "doesnt work", N),
        ("en", "it doesn’t turn on", N),
        ("en", "terribel servise, very dissapointed", N),
    ),
}
FRAMES: Final = (
    "The shop belongs to a {w} couple",
    "Our guide, who is {w}, spoke for an hour",
    "Next to us sat a {w} family",
    "The book is about {w} people",
    "{w} friends came with us and we ordered soup",
    "The soup was cold and the {w} cook shouted",
    "A lovely evening with {w} music",
)
PLACE_FRAMES: Final = (
    "I ordered it from {w}",
    "The parcel was sent through {w}",
    "Bad connection in {w}",
    "Best coffee in {w}",
)
PRICE_FRAMES: Final = (
    "I paid ${w} for the chair",
    "The chair for ${w} broke at once",
    "A comfortable chair, ${w}",
)
PRICES: Final = ("5", "19.99", "80", "250", "1,200")


@dataclass(frozen=True, slots=True)
class Invariance:
    """How far the score moves from the median of its frame: at the median and at the 95th
    percentile; share of other labels.
    """

    half: float
    most: float
    flips: float


def right(student: Student) -> dict[str, tuple[int, int, list[str]]]:
    """Of each kind of case how many are right, of how many, and those that are not."""
    found = {}
    for kind, cases in CASES.items():
        labels = student.probabilities(
            [text for _, text, _ in cases], [language for language, _, _ in cases]
        ).argmax(1)
        wrong = [
            f"{text} ({language})"
            for (language, text, label), said in zip(cases, labels, strict=True)
            if said != label
        ]
        found[kind] = (len(cases) - len(wrong), len(cases), wrong)
    return found


def invariances(student: Student) -> dict[str, Invariance]:
    """By group of words."""
    titled = {
        "nationalities": [word.title() for word in identities.NATIONALITIES],
        "religions": [word.title() for word in identities.RELIGIONS],
        "genders": list(identities.GENDERS),
    }
    found = {name: invariance(student, FRAMES, words) for name, words in titled.items()}
    found["places"] = invariance(
        student, PLACE_FRAMES, [word.title() for word in identities.PLACES]
    )
    found["names"] = invariance(
        student, ("{w} sold it to me", "I spoke to {w}, who was rude", "{w} helped us"), _names()
    )
    found["prices"] = invariance(student, PRICE_FRAMES, list(PRICES))
    return found


def _names() -> list[str]:
    return [word.title() for word in identities.NAMES]


def invariance(student: Student, frames: tuple[str, ...], words: list[str]) -> Invariance:
    """Of all words in all frames."""
    texts = [frame.format(w=word) for frame in frames for word in words]
    share = student.probabilities(texts, ["en"] * len(texts))
    scores = score(share).reshape(len(frames), len(words))
    labels = share.argmax(1).reshape(len(frames), len(words))
    moved = np.abs(scores - np.median(scores, axis=1, keepdims=True))
    usual = np.array([np.bincount(row, minlength=3).argmax() for row in labels])[:, None]
    return Invariance(
        float(np.median(moved)), float(np.quantile(moved, 0.95)), float((labels != usual).mean())
    )


def score(share: Floats) -> Floats:
    """P(positive) + ½ P(neutral)."""
    return np.asarray(share[:, P] + share[:, U] / 2, np.float32)


def section(student: Student) -> list[str]:
    """Its part of the page."""
    lines = [
        "## Behaviour",
        "",
        "`python -m bench.judgement CACHE`",
        "",
        "| cases | right | of | wrong |",
        "|---|---|---|---|",
    ]
    for kind, (count, of, wrong) in right(student).items():
        lines.append(f"| {kind} | {count} | {of} | {'; '.join(wrong)} |")
    lines += [
        "",
        "How far the score moves when a word is exchanged, from the median of its sentence:",
        "",
    ]
    lines += ["| words | median | 95th percentile | other label |", "|---|---|---|---|"]
    for name, one in invariances(student).items():
        lines.append(f"| {name} | {one.half:.3f} | {one.most:.3f} | {one.flips:.1%} |")
    return [*lines, ""]
