"""Texts → ids."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.text.ngrams import CHUNK, PADDING, Encoder, EncoderSettings, pad
from models.text.tokenizer import (
    REMEMBERED_CHARACTERS,
    TOKEN,
    Runs,
    Tokeniser,
    token_hash,
    tokenise,
)

ENCODER = Encoder(EncoderSettings(bits=18))


@given(st.lists(st.text()))
def test_ids_are_in_range_distinct_and_never_padding(texts: list[str]) -> None:
    for ids in ENCODER(texts):
        assert ids.dtype == np.int32
        assert len(set(ids.tolist())) >= len(ids) - 1, (
            "all distinct but for the neighbour of padding"
        )
        assert ((ids > PADDING) & (ids < 2**18)).all()


@given(st.lists(st.text(), min_size=1))
def test_a_batch_is_what_its_texts_are_alone_and_always_the_same(texts: list[str]) -> None:
    fresh = Encoder(EncoderSettings(bits=18))
    for text, ids in zip(texts, ENCODER(texts), strict=True):
        assert ids.tolist() == fresh([text])[0].tolist()


def test_n_grams_up_to_the_longest_count_once_each() -> None:
    [ids] = ENCODER(["good good good"])
    assert len(ids) == 3, "good, good good, good good good"
    [alone] = Encoder(EncoderSettings(bits=18, ngrams=1))(["good good good"])
    assert len(alone) == 1


def test_case_does_not_matter_and_order_does() -> None:
    upper, lower, swapped = ENCODER(["NOT Good", "not good", "good not"])
    assert upper.tolist() == lower.tolist()
    assert set(upper.tolist()) != set(swapped.tolist())


def test_placeholders_are_no_evidence_and_nothing_reaches_across_one() -> None:
    masked, left, right = ENCODER(["thanks to <PERSON> it works", "thanks to", "it works"])
    assert set(masked.tolist()) == set(left.tolist()) | set(right.tolist())
    assert ENCODER(["<PERSON> <EMAIL_ADDRESS>", ""])[0].size == 0


def test_padding_fills_up() -> None:
    rows = [np.array([3, 4], np.int32), np.array([], np.int32)]
    assert pad(rows, 3).tolist() == [[3, 4, PADDING], [PADDING] * 3]


def test_nothing_reaches_from_one_text_into_the_next_however_many_there_are() -> None:
    texts = [f"word{number} end" for number in range(2 * CHUNK + 1)]
    assert [len(ids) for ids in ENCODER(texts)] == [3] * len(texts), (
        "two words and their pair, none that spans two texts"
    )


def test_ids_stay_what_shipped_weights_were_trained_on() -> None:
    [ids] = Encoder(EncoderSettings())(["It's not good, 8/10 <PERSON>!"])
    assert sorted(ids.tolist()) == [
        381434, 775983, 798038, 800047, 1266917, 2447241, 2596405, 2640516, 2789027, 3231737,
        3453132, 3659229, 3919124,
    ]  # fmt: skip


def test_inventing_words_without_end_does_not_fill_the_memory() -> None:
    tokeniser = Tokeniser()
    invented = [f"{'x' * 1000}{number}" for number in range(REMEMBERED_CHARACTERS // 1000 + 1)]
    before = tokeniser([*invented, "well known"]).hashes[-3:].tolist()
    assert tokeniser.runs.count == Runs().count
    assert (
        tokeniser(["well known"]).hashes.tolist()
        == before
        == [token_hash("well"), token_hash("known"), 0]
    )


def test_threads_that_meet_new_words_at_once_agree() -> None:
    tokeniser = Tokeniser()
    texts = [
        " ".join(f"word{number} next-to{number % 7}" for number in range(start, start + 400))
        for start in range(0, 2000, 100)
    ]
    with ThreadPoolExecutor(4) as threads:
        found = [tokens.hashes.tolist() for tokens in threads.map(tokeniser, [texts] * 8)]
    assert found == [Tokeniser()(texts).hashes.tolist()] * 8


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_tokens_are_those_that_the_pattern_finds_in_the_whole_text(texts: list[str]) -> None:
    expected = [
        [token_hash(token) for token in TOKEN.findall(text.lower())] + [0] for text in texts
    ]
    assert tokenise(texts).hashes.tolist() == [token for tokens in expected for token in tokens]
