"""What the steps of the pipeline hold: after masking, no object leads back to the raw text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Origin, Rejected
from schemas.inputs import RawRecord
from schemas.records import ScoredReview
from streams.pipeline import Pipeline, Results
from streams.router.core.live_models import LiveModels
from streams.router.core.model_plan import key_of
from streams.router.core.shadows import Shadows
from streams.stages.language import LanguageIdentifier
from streams.steps import MaskedReview
from tests.unit.streams.processing import MASK
from tests.unit.streams.router.scorers import Opinion, variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EMAIL = "jane.miller@example.org"
AUTHOR = "account-of-jane-4711"
FINE = "<p>This film was a pleasant surprise, and I would happily watch it again.</p>"
GERMAN = "Dieser Film war eine angenehme Überraschung, ich würde ihn gerne noch einmal sehen."


def reachable(root: object) -> Iterator[object]:
    """Everything that can be reached from ``root`` through fields, slots, attributes, containers
    and the frames of tracebacks.
    """
    waiting, seen = [root], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type):
            continue
        seen.add(id(each))
        yield each
        waiting += parts(each)


def parts(each: object) -> list[object]:
    found: list[object] = []
    if isinstance(each, Mapping):
        found += [*each.keys(), *each.values()]
    elif isinstance(each, list | tuple | set | frozenset):
        found += each
    if is_dataclass(each):
        found += [getattr(each, field.name) for field in fields(each)]
    for kind in type(each).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names = [slots] if isinstance(slots, str) else slots
        found += [getattr(each, name) for name in names if hasattr(each, name)]
    found += getattr(each, "__dict__", {}).values()
    if isinstance(each, BaseException):
        found += [*each.args, each.__cause__, each.__context__]
        trace = each.__traceback__
        while trace is not None:
            found += trace.tb_frame.f_locals.values()
            trace = trace.tb_next
    return found


def texts(root: object) -> list[str]:
    """Every text in reach of ``root``."""
    return [
        each.decode("utf8", "replace") if isinstance(each, bytes) else each
        for each in reachable(root)
        if isinstance(each, str | bytes)
    ]


@dataclass
class Run:
    """What a pipeline made of texts: the reviews that it scored, and its results."""

    masked: list[MaskedReview]
    results: Results


def run(monkeypatch: pytest.MonkeyPatch, reviews: Sequence[str]) -> Run:
    masked: list[MaskedReview] = []
    score = Pipeline._score

    def watched(self: Pipeline, batch: Sequence[MaskedReview], *rest: Any) -> list[ScoredReview]:
        masked.extend(batch)
        return score(self, batch, *rest)

    monkeypatch.setattr(Pipeline, "_score", watched)
    champion, shadow = variant("1"), variant("2", "shadow", 0, shadow=True)
    scorers = {key_of(champion): Opinion("m", "1"), key_of(shadow): Opinion("m", "2")}
    live = LiveModels({"en": (champion, shadow)}, scorers, fallback="en")
    pipeline = Pipeline(
        find_schema=lambda *_: None,
        languages=LanguageIdentifier(min_confidence=0.65),
        supported=frozenset(),
        mask=MASK,
        live=lambda: live,
        shadows=Shadows(lambda *_: None),
        author_secret=b"secret",
        timer=lambda _: nullcontext(),
    )
    records = [
        RawRecord(
            Origin("reviews.raw", 0, n),
            None,
            orjson.dumps({"review_id": f"r{n}", "text": text, "author_id": AUTHOR}),
            NOW,
        )
        for n, text in enumerate(reviews)
    ]
    return Run(masked, pipeline(records, lambda: NOW))


def test_after_masking_nothing_in_reach_holds_the_raw_text_or_the_author(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = run(monkeypatch, [f"{FINE} Write to {EMAIL}."] * 3)
    assert len(found.masked) == 3
    scored = [*found.results.outcomes, *(review for _, review in found.results.shadows)]
    assert [type(each) for each in scored] == [ScoredReview] * 6
    for each in (*found.masked, *scored):
        held = texts(each)
        assert any("<EMAIL_ADDRESS>" in text for text in held), "the masked text is found"
        assert not [text for text in held if EMAIL in text or "<p>" in text or AUTHOR in text]


def test_the_outcome_of_a_rejected_record_holds_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = run(monkeypatch, [f"{GERMAN} {EMAIL}", f"<!-- {EMAIL} -->", EMAIL * 5_000])
    assert [type(each) for each in found.results.outcomes] == [Rejected] * 3
    assert not [text for text in texts(found.results.outcomes) if EMAIL in text]


@given(st.recursive(st.just("needle"), lambda inner: st.lists(inner) | st.tuples(inner, inner)))
def test_the_walk_finds_a_text_however_deep_it_lies(nested: object) -> None:
    if "needle" in repr(nested):
        assert "needle" in texts({"outcome": Run([], nested)})  # type: ignore[arg-type]


def test_the_walk_finds_a_text_in_the_frames_of_an_error() -> None:
    def fails(text: str) -> None:
        raise ValueError(len(text))

    with pytest.raises(ValueError, match="6") as caught:
        fails("needle")
    assert "needle" in texts(caught.value)
