"""The corpus and its split."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lab.judgement import corpus, corpus_split
from models.lab.judgement.corpus import LabelledText
from models.lab.judgement.corpus_split import Part, bucket, may_train, part_of, withheld
from models.lab.judgement.sources import BASE, LEFT_OUT, SOURCES, Licence, belongs
from models.lab.judgement.text_keys import digest, normalised, text_key
from schemas.errors import InputError
from tests.unit.models.judgement import written


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledText]:
    return corpus.read(written.corpus(tmp_path_factory.mktemp("corpus")))


def test_every_set_is_read_in_one_order_with_its_language_domain_label_and_stars(
    texts: list[LabelledText], tmp_path: Path
) -> None:
    sets = list(dict.fromkeys(text.set for text in texts))
    assert sets == [*BASE, "en_amazon_stars", "mabsa_de", "mabsa_en", "multi_nusax", "ro_laroseda"]
    assert texts == corpus.read(written.corpus(tmp_path))
    first = next(text for text in texts if text.set == "en_amazon_stars")
    assert (first.language, first.domain, first.label, first.stars, first.text) == (
        "en",
        "laptop",
        0,
        1.0,
        "Four out of five, 0",
    )
    assert texts[0].stars is None
    assert "film was good" not in repr(texts[0])


def test_rows_without_a_label_or_a_text_and_labels_that_annotators_doubt_are_left_out(
    texts: list[LabelledText],
) -> None:
    counts = Counter(text.set for text in texts)
    assert (counts["en_amazon_stars"], counts["imdb_train"], counts["tweets"]) == (40, 240, 239)


def test_translations_share_the_part_of_their_original_and_those_without_one_are_not_used(
    texts: list[LabelledText],
) -> None:
    english = {text.text.split()[-1]: text.group for text in texts if text.set == "mabsa_en"}
    german = [text for text in texts if text.set == "mabsa_de"]
    assert all(text.group == english[text.text.split()[-1]] for text in german[:-1])
    assert german[-1].group is None
    assert part_of(bucket(None)) is Part.UNUSED


def test_parallel_texts_of_nusax_share_a_part_but_for_their_source(
    texts: list[LabelledText],
) -> None:
    groups = {
        language: [t.group for t in texts if t.set == "multi_nusax" and t.language == language]
        for language in ("id", "jv", "su")
    }
    assert groups["jv"] == groups["su"]
    assert not set(groups["id"]) & set(groups["jv"])


def test_what_is_missing_or_unknown_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"imdb_train\.csv\.gz"):
        corpus.read(tmp_path)
    folder = written.corpus(tmp_path)
    written.write(folder / "reviews" / "xx_unknown.csv.gz", [written.review("a text", "positive")])
    with pytest.raises(InputError, match="licence of this set is unknown"):
        corpus.read(folder)


@given(st.text())
def test_case_spaces_and_punctuation_do_not_make_another_key(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text) or not normalised(text)
    if any(character.isalnum() for character in normalised(text)):
        assert text_key(f" «{text}» !") == text_key(text)


def test_the_keys_and_the_split_are_these_forever() -> None:
    # What was made by them is on disk: golden sets, teachings, packed corpora. Change split.VERSION
    # with them.
    assert (
        text_key("\N{FULLWIDTH LATIN CAPITAL LETTER A} good film!")
        == text_key("a GOOD film")
        == digest("agoodfilm")
        == 7868287523636277865
    )
    assert text_key("👍") != text_key("👎")
    assert corpus_split.VERSION == 1
    assert bucket(None) == 98
    assert list(Part) == ["held-out", "development", "training", "unused"]
    assert Counter(part_of(number) for number in range(100)) == {
        Part.HELD_OUT: 15, Part.DEVELOPMENT: 5, Part.TRAINING: 79, Part.UNUSED: 1,
    }  # fmt: skip


def labelled(text: str, name: str = "en_amazon_stars", group: str | None = None) -> LabelledText:
    return LabelledText(name, "en", "", 0, None, text, normalised(text) if group is None else group)


@given(st.text(min_size=1), st.sampled_from(sorted(SOURCES)))
def test_only_training_texts_of_sets_that_allow_it_may_train(text: str, name: str) -> None:
    one = labelled(text, name)
    allowed = SOURCES[name].licence is not Licence.NON_COMMERCIAL and name != "imdb_test_a"
    expected = allowed and part_of(text_key(text) % 100) is Part.TRAINING
    assert may_train(one, withheld([one])) is may_train(one, frozenset()) is expected


def test_a_text_that_is_held_out_anywhere_trains_nowhere() -> None:
    held = next(f"number{n}" for n in range(1000) if part_of(bucket(f"number{n}")) is Part.HELD_OUT)
    training = next(
        f"number{n}" for n in range(1000) if part_of(bucket(f"number{n}")) is Part.TRAINING
    )
    here, elsewhere = (
        labelled("A text", group=training),
        labelled("a text!", "mabsa_de", group=held),
    )
    assert may_train(here, frozenset())
    assert not may_train(here, withheld([here, elsewhere]))
    assert not may_train(labelled(training), withheld([labelled(training, "imdb_test_a")]))


def test_domains_that_are_left_out_are_of_known_sets_and_do_not_overlap() -> None:
    assert {name for sets, _ in LEFT_OUT.values() for name in sets} <= set(SOURCES)
    assert set(BASE) <= set(SOURCES)
    for name, domain in (
        ("mabsa_en", "laptop"),
        ("en_memd_aspects", "restaurant"),
        ("tweets", "airline_tweets"),
        ("en_sst5", ""),
    ):
        assert sum(belongs(name, domain, left) for left in LEFT_OUT) == 1
