"""Benchmark reviews: real ones, and the same cut to a length or with personal data injected."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import orjson

from bench.demo_data import PLANTED
from infra.settings import LanguageSettings
from models.text.cleaning import clean
from models.training import datasets
from streams.demo import sample
from streams.stages.language import LanguageIdentifier

ENGLISH = ("en",)
CANDIDATES = [(sentence, value) for sentence, values in PLANTED for value in values]


def load(path: Path | None) -> list[str]:
    """English texts of a labelled CSV(.gz), or those of the demo's reviews into which no personal
    data was written.

    All can be scored: everybody is waited for until the last review is out.

    Raises ``InputError`` as ``datasets.read`` does.
    """
    if path is not None:
        texts = list(datasets.read(path).texts)
    else:
        texts = [review.text for review in sample.load() if not review.planted]
    identifier = LanguageIdentifier(min_confidence=LanguageSettings().min_confidence)
    return [text for text in texts if identifier.identify(clean(text), ENGLISH).code in ENGLISH]


def of_length(texts: Sequence[str], length: int) -> list[str]:
    """As many texts of exactly ``length`` characters: cut, or continued by the reviews that
    follow."""
    made = []
    for number in range(len(texts)):
        pieces, following = [texts[number]], number + 1
        while sum(map(len, pieces)) + len(pieces) - 1 < length:
            pieces.append(texts[following % len(texts)])
            following += 1
        made.append(" ".join(pieces)[:length])
    return made


def with_personal_data(texts: Sequence[str], every: int) -> list[str]:
    """The same texts, a mail address, card number, name … written at the end of every
    ``every``-th."""
    values = cycle(CANDIDATES)
    planted = []
    for number, text in enumerate(texts):
        if number % every == 0:
            sentence, value = next(values)
            text = f"{text} Oh, and {sentence.format(value)}."
        planted.append(text)
    return planted


def records(texts: Sequence[str], run: str, count: int) -> list[tuple[bytes, bytes]]:
    """(key, JSON value) of ``count`` reviews, the texts again and again, each with an id of its
    own.
    """
    named = [(f"{run}-{number}", text) for number, text in enumerate(islice(cycle(texts), count))]
    return [
        (name.encode(), orjson.dumps({"review_id": name, "text": text})) for name, text in named
    ]
