"""Labelled reviews → a data set: each text once, nothing on both sides, the same whenever it is put
together.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from retrain.shared.core.examples import Dataset, Example, Origin, build
from retrain.shared.core.text_identity import key, share
from schemas.records import Sentiment

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("good", "bad", "plain", "film", "phone", "day", "night")


def example(
    text: str, origin: Origin = "user", *, label: Sentiment = "positive", hours: float = 0
) -> Example:
    return Example(
        text, label, origin, 0.2 if origin == "rating" else 1.0, NOW + timedelta(hours=hours)
    )


def texts_below(limit: float, count: int, *, above: float = 0.0) -> list[str]:
    found = (f"text {number}" for number in range(10_000))
    return [text for text in found if above <= share(key(text)) < limit][:count]


EXAMPLES = st.lists(
    st.builds(
        lambda words, origin, label, hours: example(
            " ".join(words), origin, label=label, hours=hours
        ),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
        st.sampled_from(["labeler", "moderator", "user", "rating"]),
        st.sampled_from(["negative", "neutral", "positive"]),
        st.integers(0, 50),
    ),
    max_size=60,
)


@given(EXAMPLES, EXAMPLES, st.sets(st.sampled_from(WORDS)), st.randoms())
def test_nothing_leaks_and_order_does_not_matter(
    labelled: list[Example], base: list[Example], golden: set[str], random: object
) -> None:
    hidden = {key(word) for word in golden}
    data = build(labelled, base, hidden, 0.4, 10)
    learnt, rehearsed, held_out = (
        [each.key for each in part] for part in (data.learnt, data.base, data.held_out)
    )
    assert len(set(learnt)) == len(learnt)
    assert len(set(held_out)) == len(held_out)
    assert not set(held_out) & {*learnt, *rehearsed}
    assert not hidden & {*learnt, *rehearsed, *held_out}
    assert all(each.origin != "rating" for each in data.held_out)
    assert len(held_out) <= 10
    shuffled = list(labelled)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert build(shuffled, base, hidden, 0.4, 10).sha256 == data.sha256


def test_texts_are_the_same_whatever_their_case_spaces_and_marks() -> None:
    data = build(
        [example("A  good film!"), example("a GOOD film"), example("a good film ...", hours=1)],
        [],
        (),
        0.0,
        10,
    )
    assert [each.text for each in data.learnt] == ["a good film ..."]


def one(*labelled: Example) -> Dataset:
    return build(labelled, [], (), 0.0, 10)


def test_the_most_trusted_decide_a_label_and_where_they_are_at_odds_nobody_does() -> None:
    users = [example("text", hours=n) for n in range(3)]
    assert one(*users, example("text", "labeler", label="negative")).learnt[0].label == "negative"
    assert one(*users, example("text", label="negative")).learnt[0].label == "positive"
    at_odds = one(*users[:1], example("text", label="negative"))
    assert (at_odds.learnt, at_odds.dropped) == ((), 1)
    assert one(example("text", "rating", label="negative"), *users[:1]).learnt[0].origin == "user"


def test_neutral_is_a_label_like_the_others() -> None:
    users = [example("text", label="neutral", hours=n) for n in range(2)]
    assert one(*users, example("text"), example("text", label="negative")).learnt[0] == users[1]
    assert one(*users[:1], example("text"), example("text", label="negative")).dropped == 1


def test_what_is_held_out_once_is_held_out_for_ever_and_never_learnt_from_a_rating() -> None:
    apart, [learnt] = texts_below(0.15, 3), texts_below(1.0, 1, above=0.15)
    first = build(
        [example(text) for text in [*apart, learnt]], [example(apart[0], "base")], (), 0.15, 10
    )
    assert {each.text for each in first.held_out} == set(apart)
    assert (len(first.learnt), first.base) == (1, ())
    ratings = build([example(text, "rating") for text in apart], [], (), 0.15, 10)
    assert (ratings.learnt, ratings.held_out) == ((), ())
    latest = build([example(text, hours=n) for n, text in enumerate(apart)], [], (), 0.15, 2)
    assert [each.text for each in latest.held_out] == apart[:0:-1]
    assert latest.learnt == ()


def test_the_digest_changes_with_a_label_a_weight_and_a_side() -> None:
    [text] = texts_below(1.0, 1, above=0.15)
    given_one = example(text)
    digests = {
        one(given_one).sha256,
        one(replace(given_one, label="negative")).sha256,
        one(replace(given_one, weight=0.5)).sha256,
    }
    digests.add(build([given_one], [], (), 1.0, 10).sha256)
    assert len(digests) == 4


def test_a_text_without_words_is_still_a_text() -> None:
    assert key("!!!") != key("???")
    assert 0 <= share(key("!!!")) < 1
