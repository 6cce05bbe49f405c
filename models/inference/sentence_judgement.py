"""Judgement of texts and, where it is asked for, of their sentences in the same call of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeVar, cast

from models.labels import Decision, Judgement, decide, is_mixed
from models.text.sentences import sentences as spans_of
from schemas.records import Sentence

MOST_SENTENCES: Final = 64
"""Of a text that are judged, its first ones: this bounds the size of a record."""

Text = TypeVar("Text", bound=str)
Judging = Callable[[Sequence[Text], Sequence[str]], Judgement]
"""``judge`` of a model: texts and their languages → probabilities."""


class Verdict(NamedTuple):
    """What is decided of a text. ``sentences`` None: it was not judged by its sentences, and
    ``mixed`` is False.
    """

    decision: Decision
    sentences: tuple[Sentence, ...] | None = None
    mixed: bool = False


def judged(
    judge: Judging[Text], texts: Sequence[Text], languages: Sequence[str], *, sentences: bool
) -> list[Verdict]:
    """A verdict for each text, in one call of ``judge``. Raises what that raises."""
    if not sentences:
        return [Verdict(decision) for decision in decide(judge(texts, languages))]
    spans = [list(islice(spans_of(text), MOST_SENTENCES)) for text in texts]
    # A text of one sentence is not judged twice.
    several = [len(each) > 1 for each in spans]
    pieces, codes = [*texts], [*languages]
    for text, language, each, apart in zip(texts, languages, spans, several, strict=True):
        if apart:  # what is cut from a masked text is masked
            pieces += [cast(Text, text[start:end]) for start, end in each]
            codes += [language] * len(each)
    decisions = decide(judge(pieces, codes))
    rest = iter(decisions[len(texts) :])
    return [
        _verdict(decision, each, [next(rest) for _ in each] if apart else [decision] * len(each))
        for decision, each, apart in zip(decisions[: len(texts)], spans, several, strict=True)
    ]


def _verdict(
    decision: Decision, spans: Sequence[tuple[int, int]], of_sentences: Sequence[Decision]
) -> Verdict:
    found = tuple(
        Sentence(start, end, one.label, one.score)
        for (start, end), one in zip(spans, of_sentences, strict=True)
    )
    return Verdict(decision, found, is_mixed([end - start for start, end in spans], of_sentences))
