"""More examples: seeded, with labels that stay true, of bounded length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.augmentation import Augmentation, choose
from models.augmentation.deletion import delete
from models.augmentation.swapping import swap
from models.augmentation.synonyms import WORDNET, Synonyms, read_wordnet
from models.augmentation.templates import synthesise
from models.augmentation.tokens import TURNING
from models.augmentation.translation import BackTranslation, load_translator
from models.lab.augmentation_report import interval
from models.text.tokenizer import TOKEN
from schemas.errors import InputError

SYNONYMS = Synonyms({"good": ("fine", "nice"), "film": ("movie",)})
WORDS = st.sampled_from(
    ["good", "film", "not", "the", "<person>", "8/10", "!", "don't", "été", "bad"]
)
TEXTS = st.lists(st.one_of(st.lists(WORDS).map(" ".join), st.text()), max_size=8)


def made(augmentation: Augmentation, texts: list[str], seed: int) -> list[tuple[str, bool]]:
    """New texts with their labels: a text's is positive where its number is even."""
    added, labels = augmentation(texts, np.arange(len(texts)) % 2 == 0, np.random.default_rng(seed))
    return list(zip(added, labels.tolist(), strict=True))


@pytest.mark.parametrize("augmentation", [SYNONYMS, delete, swap])
@given(texts=TEXTS, seed=st.integers(0, 5))
def test_a_changed_copy_keeps_its_label_its_length_and_what_must_not_change(
    augmentation: Augmentation, texts: list[str], seed: int
) -> None:
    assert made(augmentation, texts, seed) == made(augmentation, texts, seed)
    for text, label in made(augmentation, texts, seed):
        # Alone a text is number 0, and chance is another: which one it came from shows in what must
        # not change.
        assert any(
            label == (number % 2 == 0)
            and _fixed(text) == _fixed(original)
            and _bounded(text, original)
            for number, original in enumerate(texts)
        )


def _fixed(text: str) -> Counter[str]:
    """Placeholders, marks, and words that turn a meaning around."""
    tokens = TOKEN.findall(text.lower())
    return Counter(
        token
        for token in tokens
        if not token[0].isalpha() or token in TURNING or token.endswith("n't")
    )


def _bounded(text: str, original: str) -> bool:
    new, old = TOKEN.findall(text.lower()), TOKEN.findall(original.lower())
    return 0.8 * len(old) - 1 <= len(new) <= len(old)


def test_a_swap_only_moves_words_and_a_deletion_only_drops_them() -> None:
    text = " ".join(f"word{number}" for number in range(40))
    [(swapped, _)], [(deleted, _)] = made(swap, [text], 1), made(delete, [text], 1)
    assert swapped != text
    assert sorted(swapped.split()) == sorted(text.split())
    assert len(deleted.split()) == 36
    assert set(deleted.split()) < set(text.split())


def test_synonyms_replace_and_nothing_is_added_where_there_is_none() -> None:
    assert made(SYNONYMS, ["A GOOD one"], 0)[0][0] in {"a fine one", "a nice one"}
    assert made(SYNONYMS, ["nothing to say", ""], 0) == []


@pytest.mark.parametrize("count", [0, 4, 100])
def test_templates_make_a_tenth_half_of_it_positive(count: int) -> None:
    made_up = made(synthesise, ["any"] * count, 3)
    assert len(made_up) == round(count / 10)
    assert sum(label for _, label in made_up) == (len(made_up) + 1) // 2


def test_several_add_up_each_with_chance_of_its_own() -> None:
    texts, positive = ["a good film with some good actors"] * 20, np.ones(20, bool)
    both, labels = choose(["deletion", "swap"], 0)(texts, positive)
    alone, _ = choose(["swap"], 0)(texts, positive)
    assert both[-len(alone) :] == alone
    assert len(both) == len(labels) > 20
    assert both != choose(["deletion", "swap"], 1)(texts, positive)[0]


def test_back_translation_keeps_what_came_back_different() -> None:
    def translate(texts: Sequence[str], source: str, target: str) -> list[str]:
        return [
            text.replace("film", "Film") if target == "de" else text.replace("Film", "picture")
            for text in texts
        ]

    assert made(BackTranslation(translate), ["a film", "a book"], 0) == [("a picture", True)]
    with pytest.raises(InputError, match="as many texts"):
        made(BackTranslation(lambda texts, source, target: []), ["a"], 0)


def test_back_translation_without_a_translator_says_what_it_needs() -> None:
    with pytest.raises(
        InputError, match="back_translation needs a translator and none comes with Undertone"
    ):
        choose(["back_translation"], 0)
    for reference in ("", "nowhere:at_all", "json:nothing", "json:__name__"):
        with pytest.raises(InputError, match="translator"):
            load_translator(reference)
    assert callable(load_translator("json:dumps"))


def test_an_unknown_augmentation_and_a_missing_wordnet_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no augmentation 'magic'"):
        choose(["magic"], 0)
    with pytest.raises(InputError, match="wordnet-base"):
        choose(["synonyms"], 0, wordnet=tmp_path)


@pytest.mark.skipif(
    not WORDNET.is_dir(), reason="WordNet is not installed (Debian's package wordnet-base)"
)
def test_wordnet_gives_synonyms_of_the_commonest_sense() -> None:
    synonyms = read_wordnet()
    assert "awful" in synonyms
    assert "movie" in synonyms["film"]
    assert "i" not in synonyms
    assert all(word.isalpha() for words in synonyms.values() for word in words)


def test_files_that_are_not_wordnet_are_named(tmp_path: Path) -> None:
    for kind in ("adj", "adv", "verb", "noun"):
        (tmp_path / f"data.{kind}").write_text("nonsense\n")
        (tmp_path / f"index.{kind}").write_text("nonsense\n")
    with pytest.raises(InputError, match=r"data\.adj is not a data file"):
        read_wordnet(tmp_path)


def test_the_interval_is_of_paired_differences() -> None:
    before, after = np.array([True] * 80 + [False] * 20), np.array([True] * 90 + [False] * 10)
    low, high = interval(before, after)
    assert (low + high) / 2 == pytest.approx(0.1)
    assert high - low == pytest.approx(2 * 1.96 * 0.3 / 99**0.5, rel=0.01)
    assert interval(before, before) == (0, 0)
