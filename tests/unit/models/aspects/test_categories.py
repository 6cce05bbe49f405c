"""The shipped categoriser: what it calls terms, and what it promises whatever it is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.artifact import artifact
from models.aspects import own_aspects
from models.aspects.categories import MOST_PLACES, SHIPPED, Categoriser
from models.aspects.clauses import CLAUSE_REACH, clause
from models.aspects.taxonomy import GENERAL, taxonomy
from models.aspects.word_matching import inflected
from models.names.tagger import SHIPPED as NAMES
from schemas.errors import InputError, ModelIntegrityError

PAGE = Path(__file__).parents[4] / "docs/aspects.md"
OWN = {
    "aspect": [
        {"name": "Wartezeit", "examples": ["wait time", "queue", "Schlange", "排队", "酒"]},
        {"name": "eco", "examples": ["recycled", "plastic free"], "languages": ["en"]},
    ]
}
PIECES = [
    "wait time", "Queues", "WAITING-TIME", "queue", "<PERSON>", "排队", "酒店", "酒", "recycled",
    "ß", "battery", "e\u0301", "👩\u200d🚀", "مرحبا", "\ud800", "แบตเตอรี่", "İ", ". ", "、",
    "5/5", "\0",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=10).map(" ".join)
languages = st.sampled_from(["en", "de", "zh", "th", "xx", ""])


@cache
def categoriser(own: bool = False) -> Categoriser:
    return Categoriser.load(OWN if own else None)


def called(term: str, context: str = "", language: str = "en", own: bool = False) -> str:
    return categoriser(own)([term], [context or term], [language])[0]


def places(text: str, language: str = "en") -> list[tuple[str, str]]:
    return [
        (text[start:end], name)
        for start, end, name in categoriser(True).named([text], [language])[0]
    ]


@pytest.mark.parametrize(
    ("term", "context", "language", "category"),
    [
        ("battery", "the battery dies after two hours", "en", "battery"),
        ("waiter", "our waiter was rude", "en", "staff"),
        ("Bildschirm", "der Bildschirm ist zu dunkel", "de", "screen"),
        ("livraison", "la livraison a pris trois semaines", "fr", "delivery"),
        ("送货", "送货太慢了", "zh", "delivery"),
        ("еда", "еда была холодной", "ru", "food"),
        ("jedzenie", "jedzenie było zimne", "pl", "food"),
        ("camera", "la camera era piccola, il letto scomodo", "it", "room"),
        ("ที่ชาร์จ", "ที่ชาร์จเสีย", "th", "battery"),
    ],
)
def test_terms_get_the_category_that_they_and_their_clause_speak_of(
    term: str, context: str, language: str, category: str
) -> None:
    assert called(term, context, language) == category


def test_the_categories_are_those_of_the_taxonomy_whose_names_are_fixed() -> None:
    assert categoriser().names == tuple(taxonomy()) == (
        "food", "drinks", "service", "staff", "price", "quality", "delivery", "packaging", "room",
        "cleanliness", "location", "battery", "screen", "sound", "camera", "performance", "design",
        "size", "comfort", "software", "support", "returns", "ease_of_use", "value", "general",
    )  # fmt: skip


def test_every_category_has_example_words_in_every_language_of_the_taxonomy() -> None:
    languages = {frozenset(category.words) for category in taxonomy().values()}
    assert len(languages) == 1
    assert all(len(words) >= 1 for each in taxonomy().values() for words in each.words.values())


def test_a_term_and_a_clause_without_a_known_piece_are_general() -> None:
    assert categoriser()(["", "\ud800", " "], ["", "", " "], ["en", "xx", ""]) == [GENERAL] * 3


def test_the_users_own_names_win_over_the_built_in_ones() -> None:
    assert called("queue", "the queue was endless") != "Wartezeit"
    assert called("queue", "the queue was endless", own=True) == "Wartezeit"
    assert called("battery", "the battery dies", own=True) == "battery"


def test_vectors_find_an_own_aspect_in_words_and_languages_of_which_there_is_no_example() -> None:
    own = Categoriser.load({"aspect": [{"name": "power", "examples": ["battery", "charger"]}]})
    terms = ["batería", "batterie", "аккумулятор", "comida", "waiter", "屏幕"]
    codes = ["es", "fr", "ru", "es", "en", "zh"]
    found = own(terms, terms, codes)
    assert found[:3] == ["power"] * 3
    assert "power" not in found[3:]


def test_own_aspects_are_found_word_by_word_with_other_endings_and_capitals() -> None:
    text = "QUEUES everywhere, waiting-time an hour; the wait. Time flies"
    assert places(text) == [("QUEUES", "Wartezeit")]
    assert places("Long wait times!") == [("wait times", "Wartezeit")]
    assert places("Die Schlangen waren lang", "de") == [("Schlangen", "Wartezeit")]


def test_an_aspect_with_languages_is_looked_for_in_texts_of_these_alone() -> None:
    assert places("Recycled, plastic-free") == [("Recycled", "eco"), ("plastic-free", "eco")]
    assert places("Recycled", "de") == []
    assert called("recycled", language="de", own=True) != "eco"


def test_examples_without_spaces_are_found_inside_a_text_but_a_character_only_as_a_word() -> None:
    assert places("我们排队很久", "zh") == [("排队", "Wartezeit")]
    assert places("酒店很好", "zh") == []
    assert places("这里的酒很好", "zh") == [("酒", "Wartezeit")]


def test_nothing_that_was_masked_is_named_even_where_an_example_is_called_so() -> None:
    own = Categoriser.load({"aspect": [{"name": "who", "examples": ["<PERSON>", "person"]}]})
    assert own.named(["<PERSON> was a person"], ["en"]) == [[(15, 21, "who")]]


@pytest.mark.parametrize(
    ("word", "other", "same"),
    [
        ("queue", "queues", True),
        ("battery", "batteries", True),
        ("обслуживание", "обслуживания", True),
        ("tea", "team", False),
        ("car", "cars", True),
        ("wait", "waiter", False),
        ("service", "server", False),
        ("price", "priceless", False),
    ],
)
def test_an_ending_may_differ_but_not_the_word(word: str, other: str, same: bool) -> None:
    assert inflected(word, other) is same


@given(texts, languages)
def test_named_places_are_valid_in_order_and_do_not_overlap(text: str, language: str) -> None:
    found = categoriser(True).named([text], [language])[0]
    assert len(found) <= MOST_PLACES
    edges = [edge for start, end, _ in found for edge in (start, end)]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text) for start, end, _ in found)
    assert all(name in {"Wartezeit", "eco"} for _, _, name in found)
    assert not any("<" in text[start:end] for start, end, _ in found)


@given(st.lists(st.tuples(texts, texts, languages), max_size=6))
@settings(max_examples=60)
def test_what_is_said_of_a_term_does_not_depend_on_the_others(
    given: list[tuple[str, str, str]],
) -> None:
    known = categoriser(True)
    terms, contexts, codes = (
        (list(column) for column in zip(*given, strict=True)) if given else ([], [], [])
    )
    together = known(terms, contexts, codes)
    assert together == [known([a], [b], [c])[0] for a, b, c in given]
    assert set(together) <= set(known.names)


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 40))
def test_a_clause_holds_its_span_and_is_bounded(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    found = clause(text, start, end)
    assert text[start:end] in found
    assert found in text
    assert len(found) <= end - start + 2 * CLAUSE_REACH


def test_a_clause_ends_with_its_sentence() -> None:
    text = "Nice. The battery dies fast! Good screen."
    assert clause(text, 10, 17) == " The battery dies fast"


def test_as_many_terms_as_contexts_and_languages_are_needed() -> None:
    with pytest.raises(ValueError, match="2 terms, 1 contexts, 2 languages"):
        categoriser()(["a", "b"], ["a"], ["en", "en"])


def test_long_texts_cost_no_more_than_their_beginning() -> None:
    start = "the battery dies " * 30
    assert called("battery", start + "x" * 10**6) == called("battery", start)
    assert len(categoriser(True).named(["queue " * 10_000], ["en"])[0]) == MOST_PLACES


def entries(*aspects: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"aspect": [*aspects], **more}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (entries({"examples": ["queue"]}), "aspect 1: name: Field required"),
        (entries({"name": "a"}), r"aspect 1 \(a\): examples: Field required"),
        (entries({"name": "a", "examples": []}), r"aspect 1 \(a\): examples: .*at least 1"),
        (
            entries({"name": "a", "examples": ["?"]}),
            r"aspect 1 \(a\): examples: .*neither a letter",
        ),
        (
            entries({"name": "a\n b", "examples": ["b"]}),
            "aspect 1: name: .*cannot be printed",
        ),
        (entries({"name": "a", "examples": ["b"], "word": 1}), "word: Extra inputs"),
        (entries({"name": "a", "examples": ["b"], "languages": ["English"]}), "languages"),
        (
            entries({"name": "a", "examples": ["b"]}, {"name": "a", "examples": ["c"]}),
            "more than one aspect is named a",
        ),
        (entries("a"), "aspect 1: it: "),  # type: ignore[arg-type]
        ({"aspects": []}, "holds .*aspect.* and nothing else, but there is aspects"),
        ({"aspect": {"name": "a"}}, "nothing else, but there is aspect"),
        (entries(*({"name": str(at), "examples": ["b"]} for at in range(201))), "200 at most"),
    ],
)
def test_a_fault_in_own_aspects_is_one_error_that_names_the_aspect(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=f"^own aspects: .*{message}"):
        own_aspects.read(given)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[[aspect]", "TOML|Expected|expected"), (b"\xff", "decode"), (None, "No such file")],
)
def test_a_file_that_cannot_be_read_is_named(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}: .*({message})"):
        own_aspects.read(path)


def test_the_example_of_the_page_loads_and_is_found(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf8"), re.S)
    assert example is not None
    path = tmp_path / "own.toml"
    path.write_text(example[1], encoding="utf8")
    own = Categoriser.load(path)
    assert own.named(["The queues were long"], ["en"]) == [[(4, 10, "waiting")]]
    assert "waiting" in own.names


def test_the_page_lists_every_category_with_what_it_is_about() -> None:
    page = PAGE.read_text(encoding="utf8")
    for category in taxonomy().values():
        assert f"| `{category.name}` | {category.about} |" in page


def test_the_shipped_categoriser_is_small_and_its_card_names_its_licences() -> None:
    model = artifact.load(SHIPPED)
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 5_000_000
    assert model.network.config["categories"] == list(taxonomy())
    card = (SHIPPED / artifact.CARD).read_text(encoding="utf8")
    assert all(f"| `{name}` |" in card for name in model.training["sets"])
    assert "(MIT" in card


def test_another_model_is_no_categoriser() -> None:
    with pytest.raises(ModelIntegrityError, match="is no categoriser of aspects"):
        Categoriser.load(folder=NAMES)
