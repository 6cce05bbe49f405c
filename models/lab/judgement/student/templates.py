"""Sentences written for training: negation, questions, time, ratings and emoji that corpora hardly
show.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.lab.judgement.student.identities import GENDERS, NAMES, PEOPLE, PLACES
from models.lab.judgement.student.lexicons import NEGATIVE, NEUTRAL, POSITIVE, Lexicon, load


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence with its language and label."""

    text: str
    language: str
    label: int


N, U, P = NEGATIVE, NEUTRAL, POSITIVE
EMOJI: Final = {
    P: "👍 😍 ❤ 😀 😊 🥰 🎉 👏 💯 🔥 😁 🤩 💕 🙏 😃 😄 💖 👌 ✅ 🥳 :) :-) :D <3 ;) ^^",
    U: "😐 😑 🤔 🤷 📦 📱 🚗 :| 🙂",
    N: "👎 😡 😠 🤮 💩 😢 😭 😞 😒 🤬 💔 😤 😩 🤢 😖 🙄 😣 ❌ 😫 🗑 :( :-( >:( :'( D:",
}
STARS: Final = (
    ("★★★★★", P),
    ("★★★★☆", P),
    ("★★★☆☆", U),
    ("★★☆☆☆", N),
    ("★☆☆☆☆", N),
    ("⭐⭐⭐⭐⭐", P),
    ("⭐⭐⭐⭐", P),
    ("⭐⭐⭐", U),
    ("⭐⭐", N),
    ("⭐", N),
)
RATINGS: Final = (
    *(
        (rating, P)
        for rating in ("5/5", "10/10", "9/10", "4/5", "5 stars", "4 stars", "five stars")
    ),
    *((rating, U) for rating in ("3/5", "5/10", "6/10", "3 stars")),
    *(
        (rating, N)
        for rating in (
            "2/5",
            "1/5",
            "1/10",
            "2/10",
            "3/10",
            "2 stars",
            "1 star",
            "one star",
            "0/10",
        )
    ),
)
NUMERIC: Final = tuple((rating, label) for rating, label in RATINGS if "/" in rating)
"""Those that are written so in every language."""
IDENTITIES: Final = (
    "The owner is {w}",
    "My neighbour is {w}",
    "I am {w}",
    "The waiter was {w}",
    "She is {w} and works there",
    "a {w} customer came in",
    "I met a {w} couple",
    "The cook comes from a {w} family",
    "{w}",
    "They are {w}",
    "My doctor is {w}",
    "A {w} man served us",
)
PLACED: Final = (
    "It was made in {w}",
    "We flew to {w}",
    "I live in {w}",
    "The seller is from {w}",
    "{w}",
    "Shipped from {w}",
    "{w} called me",
    "I spoke with {w}",
)


JUDGED: Final = (
    ("Our {w} waiter was {a}", "friendly rude"),
    ("My {w} teacher is {a}", "excellent awful"),
    ("The {w} driver was {a}", "helpful useless"),
    ("{w} food here is {a}", "delicious disgusting"),
    ("We stayed with a {w} family, it was {a}", "wonderful horrible"),
    ("As a {w} customer I find this {a}", "great terrible"),
)
"""Each word stands with good and bad ones alike."""
SETTINGS: Final = ("{i}", "{i}.", "{i}!", "{t}: {i}", "{i}, {t}", "{t}, {i}")
IDIOM_THINGS = 2
PLAIN: Final = (P, N)
"""The labels of a pattern with a good and with a bad word that means what the word says."""
FRAME_TIMES: Final = {"en": 40}
OTHER_FRAME_TIMES: Final = 16
"""How often each sentence of the frames is filled (``FRAME_TIMES``: by language)."""
WHOLE_TIMES: Final = 6
"""How often one is written that has no place to fill."""
PAIRS: Final = ("{w}, {v}", "{t}: {w}, {v}", "{w}, {v} {t}")
PARTNERS = 5


def written(languages: Sequence[str], seed: int = 0) -> Iterator[Written]:
    """All of them, in an order that never changes. ``languages``: emoji and stars mean the same in
    each.
    """
    chance = random.Random(seed)
    for language, lexicon in load().items():
        times, plain = 3 if language == "en" else 2, _plain_times(lexicon)
        for pattern, good, bad in lexicon.patterns:
            wanted = times * (plain if (good, bad) == PLAIN else 1)
            for words, label in ((lexicon.good, good), (lexicon.bad, bad)):
                for word in words:
                    for thing in _some(lexicon.things, wanted, chance):
                        yield Written(
                            _varied(pattern.format(t=thing, w=word), chance), language, label
                        )
        yield from _pairs(language, lexicon, chance)
        for pattern in lexicon.neutral:
            for thing in lexicon.things:
                yield Written(_varied(pattern.format(t=thing), chance), language, NEUTRAL)
        yield from _idioms(language, lexicon, chance)
        yield from _framed(language, lexicon, chance)
        yield from _marks(language, lexicon, chance)
    for language in languages:
        yield from _bare_marks(language)
    yield from _identities()


def _some(things: Sequence[str], count: int, chance: random.Random) -> list[str]:
    """So many of them, each at most once more often than the others."""
    whole, rest = divmod(count, len(things))
    return [*things] * whole + chance.sample(things, rest)


def _plain_times(lexicon: Lexicon) -> int:
    """How many times as often as the others the patterns are written that mean what their word
    says. Most patterns turn it round; words would otherwise be learnt as their opposites.
    """
    plain = sum((good, bad) == PLAIN for _, good, bad in lexicon.patterns)
    return max(1, -(-2 * (len(lexicon.patterns) - plain) // max(plain, 1)))


def _pairs(language: str, lexicon: Lexicon, chance: random.Random) -> Iterator[Written]:
    """Two words of the same side."""
    for words, label in ((lexicon.good, P), (lexicon.bad, N)):
        for word in words:
            for other in chance.sample(words, min(PARTNERS, len(words))):
                for pattern in PAIRS:
                    thing = chance.choice(lexicon.things)
                    text = pattern.format(w=word, v=other, t=thing)
                    yield Written(_varied(text, chance), language, label)


def _varied(text: str, chance: random.Random) -> str:
    """Sometimes without the apostrophe, in small letters, or with a full stop."""
    if chance.random() < 0.3:
        text = text.replace("'", chance.choice(("", "’")))
    if text[-1] not in ".!?":
        text += chance.choice(("", ".", "!", ""))
    return text.lower() if chance.random() < 0.3 else text


def _idioms(language: str, lexicon: Lexicon, chance: random.Random) -> Iterator[Written]:
    for idiom, label in lexicon.idioms:
        for pattern in SETTINGS:
            for thing in chance.sample(lexicon.things, IDIOM_THINGS):
                yield Written(_varied(pattern.format(i=idiom, t=thing), chance), language, label)


def _framed(language: str, lexicon: Lexicon, chance: random.Random) -> Iterator[Written]:
    for frames in lexicon.frames:
        for sentence, label in frames.sentences:
            filled = FRAME_TIMES.get(language, OTHER_FRAME_TIMES)
            for word in _some(frames.words, filled if "{" in sentence else WHOLE_TIMES, chance):
                text = sentence.format(
                    x=word,
                    t=chance.choice(frames.things),
                    g=chance.choice(lexicon.good),
                    b=chance.choice(lexicon.bad),
                )
                yield Written(_varied(text, chance), language, label)


def _marks(language: str, lexicon: Lexicon, chance: random.Random) -> Iterator[Written]:
    for label, emoji in EMOJI.items():
        for mark in emoji.split():
            for pattern in ("{t} {m}", "{m} {t}", "{t} {m}{m}{m}"):
                yield Written(
                    pattern.format(m=mark, t=chance.choice(lexicon.things)), language, label
                )
    for mark, label in (*STARS, *(RATINGS if language == "en" else NUMERIC)):
        for pattern in ("{m}", "{t}: {m}", "{m} {t}", "{m}!"):
            yield Written(pattern.format(m=mark, t=chance.choice(lexicon.things)), language, label)


def _bare_marks(language: str) -> Iterator[Written]:
    for _ in range(2):
        for label, emoji in EMOJI.items():
            for mark in emoji.split():
                for pattern in ("{m}", "{m}{m}", "{m}{m}{m}"):
                    yield Written(pattern.format(m=mark), language, label)
        for mark, label in (*STARS, *NUMERIC):
            yield Written(mark, language, label)


def _identities() -> Iterator[Written]:
    for words in PEOPLE:
        for word in words:
            written = word if words is GENDERS else word.title()
            for pattern in IDENTITIES:
                yield Written(pattern.format(w=written), "en", NEUTRAL)
            for pattern, judgements in JUDGED:
                for judgement, label in zip(judgements.split(), (POSITIVE, NEGATIVE), strict=True):
                    yield Written(pattern.format(w=written, a=judgement), "en", label)
    for word in (*PLACES, *NAMES):
        for pattern in PLACED:
            yield Written(pattern.format(w=word.title()), "en", NEUTRAL)
