"""No text costs more than in proportion to its length: counted work, not time."""

from __future__ import annotations

import cProfile
import random
from collections.abc import Callable

import pytest
import regex
from presidio_analyzer.predefined_recognizers import UrlRecognizer

from bench.pathological_texts import TEXTS, Pathological
from infra.settings import LanguageSettings, PrivacySettings
from models.text.cleaning import clean
from models.text.sentences import sentences
from models.text.tokenizer import Tokeniser
from models.text.word_spans import TOKENS, tokens
from streams.composition import build_languages, build_masker
from streams.stages.budget import Budget
from streams.stages.masking import Masker
from streams.stages.patterns import Patterns
from streams.stages.recognizers.scanned import FLAGS, Scan
from streams.stages.recognizers.street_address import GERMAN, german_streets
from streams.stages.recognizers.web_address_scan import SCANS

LENGTH = 2_000
"""Short enough for most texts to stay within the budget, which would hide what grows faster than
the text.
"""
SMALL = 100
"""Calls that a text of whatever length may cost: what is loaded or remembered at first."""
PRIVACY = PrivacySettings()


@pytest.fixture(scope="module")
def mask() -> Masker:
    masker = build_masker(PRIVACY)
    masker(["Ask for Jane Roe, phone +1 415 555 0132, card 4111 1111 1111 1111"])
    return masker


def calls(work: Callable[[str], object], text: str) -> int:
    """How many functions run, those written in C included."""
    profile = cProfile.Profile()
    profile.runcall(work, text)
    return sum(entry.callcount for entry in profile.getstats())


def assert_in_proportion(stage: str, work: Callable[[str], object], once: str, twice: str) -> None:
    work(twice)
    assert calls(work, twice) <= 2.5 * calls(work, once) + SMALL, stage


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.name)
def test_twice_the_text_costs_at_most_two_and_a_half_times_the_work(
    text: Pathological, mask: Masker, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, twice = text(LENGTH), text(2 * LENGTH)
    assert_in_proportion("clean", clean, once, twice)
    once, twice = clean(once), clean(twice)
    assert_in_proportion("mask", lambda cleaned: mask([cleaned]), once, twice)
    assert_in_proportion("full names", lambda cleaned: mask([cleaned], ["nl"]), once, twice)
    assert_in_proportion("tokens", tokens, once, twice)
    assert_in_proportion("sentences", lambda cleaned: list(sentences(cleaned)), once, twice)
    assert_in_proportion("tokenise", lambda cleaned: Tokeniser()([cleaned]), once, twice)
    monkeypatch.setattr("streams.stages.patterns.Budget", lambda: Budget(0.0))
    assert_in_proportion("mask past the budget", lambda cleaned: mask([cleaned]), once, twice)


def test_a_language_is_told_by_a_bounded_part_of_a_text() -> None:
    languages = build_languages(LanguageSettings())
    text = "un texte en français, dit-on partout "
    languages.identify(text * 20, {"en"})  # whatever is loaded at first
    assert calls(lambda long: languages.identify(long, {"en"}), text * 2000) <= calls(
        lambda short: languages.identify(short, {"en"}), text * 20
    )


@pytest.mark.parametrize(
    "unit", ["\u0301\u0327", "\u0327\u0301", "a\u0301\u0327\u0323" + "\u0301\u0327" * 40]
)
def test_marks_stacked_on_a_letter_are_cut_before_they_are_composed(unit: str) -> None:
    assert regex.search(r"\p{M}{32}", clean("x" + unit * 2000)) is None


def test_a_flag_is_a_token_however_many_stand_before_it() -> None:
    flags = "\U0001f1e9\U0001f1ea" * 20
    for text in (flags, f"a{flags}\U0001f1e9b", f"{flags}\u0301\u200d \U0001f1e9"):
        plain = regex.compile(TOKENS.pattern.replace(r"\p{Regional_Indicator}{2}", "(?!)"))
        assert tokens(text) == [match.span() for match in plain.finditer(text)]


WEB = [
    "a", "b1", ".", "co", ".co", ".com", ".uk", ".museum", "www.", "www1.", "http://", "HTTPS://",
    "/", "?", "'", '"', "-", " ",
    "X", "\u0130", "\u0131", "\u017f", "\u212a", ".\u017fe", "\u00e9", "(", "<", "a" * 250,
    "a.b" * 80, "1." * 126, ".zz",
    ".accountants",
]  # fmt: skip
STREETS = [
    "A",
    "Ab",
    "\u00e9",
    "-",
    "weg",
    "platz",
    "stra\u00dfe",
    "STRASSE",
    "gasse",
    " ",
    " 1",
    " 12345",
    " 5b",
    "\u0301",
    "_",
]
SCANNED = [
    *((pattern.regex, SCANS[pattern.name], WEB) for pattern in UrlRecognizer.PATTERNS),
    (GERMAN, german_streets, STREETS),
]


@pytest.mark.parametrize(
    ("pattern", "scan", "pieces"), SCANNED, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_scan_finds_what_its_pattern_finds(pattern: str, scan: Scan, pieces: list[str]) -> None:
    compiled, rng = regex.compile(pattern, FLAGS), random.Random(7)
    for _ in range(300):
        text = "".join(rng.choices(pieces, k=rng.randint(1, 14)))
        assert [found.span() for found in scan(text)] == [
            match.span() for match in compiled.finditer(text)
        ], text


@pytest.mark.parametrize("work", [0.0, 200.0, 5_000.0])
def test_past_the_budget_more_is_masked_and_never_less(
    work: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    patterns = Patterns(
        entities=PRIVACY.entities, min_score=PRIVACY.min_score, phone_regions=PRIVACY.phone_regions
    )
    text = (
        "Ask for Jane Roe, phone +1 415 555 0132, ssn 536904399. Mail jane at example dot com, "
        "x@example.org! Card 4111 1111 1111 1111; DE89 3704 0044 0532 0130 00 (203.0.113.7) at "
        "221B Baker Street, see www.example.com/a "
    ) * 5
    [exact] = patterns([text])
    monkeypatch.setattr("streams.stages.patterns.Budget", lambda: Budget(work))
    [coarse] = patterns([text])
    covered = {place for entity in coarse for place in range(entity.start, entity.end)}
    assert all(covered.issuperset(range(entity.start, entity.end)) for entity in exact)
    assert work > 0 or coarse != exact
