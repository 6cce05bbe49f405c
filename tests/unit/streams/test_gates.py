"""Gates let through whatever their recognizers match, and say where."""

from __future__ import annotations

import pytest
import re2
import regex
from hypothesis import given
from hypothesis import strategies as st
from presidio_analyzer import Pattern, PatternRecognizer

from streams.stages.gates import (
    CAPITAL,
    DIGIT,
    LETTER,
    OTHER,
    SPACE,
    WORD,
    Gates,
    encode,
    gate_of,
    without_assertions,
)

PIECES = [
    "a", "b", "i", "k", "s", ".", "1", r"\d", r"\s", r"\w", r"\b", r"\B", r"\(", r"\.",
    "(?:a|b)", "(a)", "[()]", r"[\]a]", "[(?=]", r"[a\d]", r"[^\s\d]", r"(?:a(?=\w)\w|b)",
    "(?=a)", "(?=a|b1)", r"(?=(?:a|\d)b)", "(?!a)", r"(?![)\]])", "(?<=a)", "(?<!b)", r"(?<![\w(])",
    r"\p{L}", r"\p{Lu}", r"[\p{L}1]", r"\p{Latin}", r"\p{M}",
    r"[^\w(]", r"[^\W_]", r"[^\S]", r"[^\Da]", r"[^\p{L}\p{M}]", r"[^\p{Lu}]", r"[^\p{Latin}]",
    r"\D", r"\S", r"\W", r"[\W\d]",
]  # fmt: skip
CHARACTERS = "abiksABIKS1 .()]?=\u0663\u00e9\u0301\u0130\u0131\u017f\u212a\u3000\U0001d7d9\ud800"


def gate(*patterns: str) -> str:
    return gate_of(
        PatternRecognizer(
            supported_entity="X", patterns=[Pattern("p", each, 0.5) for each in patterns]
        )
    )


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join),
    st.text(CHARACTERS, max_size=8),
)
def test_a_text_in_which_a_pattern_matches_passes_its_gate(pattern: str, text: str) -> None:
    flags = regex.IGNORECASE | regex.DOTALL | regex.MULTILINE
    if regex.search(pattern, text, flags):
        assert Gates([gate(pattern)]).passed(encode(text))


@pytest.mark.parametrize(
    "before",
    ["", "caf\u00e9 ", "\U0001f680\u0645\u0631\u062d\u0628\u0627 ", "\ud800", "\u0130\u0131 "],
)
def test_hits_are_told_in_characters(before: str) -> None:
    text = f"{before}a@b.c {before}d@e.f"
    gates = Gates([r"[a-z]@[a-z]\.[a-z]"])
    assert [text[start:end] for start, end in gates.hits(0, text, encode(text))] == [
        "a@b.c",
        "d@e.f",
    ]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\b\d{3}\b", "x\u0663\u0664\u0665x"),
        (r"(?<![\w(])[A-Z]{2}(?=\d(?:a|b))\s?[\d)]", "AB 7"),
        (r"(?!foo)\w+[^\s\d]", "\u00e9!"),
        (r"(?-i:\p{Lu})[\p{L}\-]*(?:weg|platz)", "\u00c9\u00e9-weg"),
        (r"[(\[]\d\]", "[1]"),
        (r"I\d", "\u01307"),
    ],
)
def test_a_gate_made_of_a_pattern_lets_at_least_its_matches_through(
    pattern: str, text: str
) -> None:
    assert Gates([gate(pattern)]).passed(encode(text))
    assert not Gates([gate(pattern)]).passed(encode("q"))


def test_a_pattern_that_refers_to_its_own_groups_makes_no_gate() -> None:
    with pytest.raises(re2.error):
        Gates([gate(r"(a|b)\1")])


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        (r"\ba\B", "a"),
        ("(?<!a)b(?=c)d", "bd"),
        ("(?=(a)(?:b(c)))d(e)", "d(e)"),
        ("(a(?!b)c)(?:d|(?<=e))", "(ac)(?:d|)"),
        ("(?=a(?!b)c)d", "d"),
        (r"\(a\)(?=\))b", r"\(a\)b"),
        ("[(?=]a[)]b", "[(?=]a[)]b"),
        (r"[\]\b(]a\b", r"[\]\b(]a"),
        (r"[[(]a(?=b)", "[[(]a"),
        (r"\d\s\w", f"[{DIGIT}][{SPACE}][{WORD}]"),
        (r"[\d.\s\w]", f"[{DIGIT}.{SPACE}{WORD}]"),
        (r"\p{L}\p{Lu}\p{M}", f"[{LETTER}][{CAPITAL}][{OTHER}]"),
        (r"[^\d.]\d[\d]", rf"[^\d.][{DIGIT}][{DIGIT}]"),
        (r"[a^\d][^[\d]", rf"[a^{DIGIT}][^[\d]"),
        ("a\nb", "a\nb"),
    ],
)
def test_of_a_pattern_all_is_kept_but_what_it_demands_of_its_surroundings(
    pattern: str, kept: str
) -> None:
    assert without_assertions(pattern) == kept


@pytest.mark.parametrize(
    "one",
    [r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", r"\p{L}", r"\p{Latin}", r"\p{Lu}", r"\p{M}"],
)
@pytest.mark.parametrize("pattern", ["{}", "[{}]", "[^{}]"])
def test_a_class_is_that_of_the_pattern_and_beyond_the_ascii_range_more(
    pattern: str, one: str
) -> None:
    wanted = regex.compile(pattern.format(one), regex.IGNORECASE)
    gates = Gates([gate(pattern.format(one))])
    # Letters that have another case beyond it, and separators, are taken for anything as well.
    loose = set("kKsS\x0b\x1c\x1d\x1e\x1f")
    for character in map(chr, range(128)):
        found, passed = wanted.search(character), gates.passed(encode(character))
        assert bool(passed) == bool(found) or (passed and character in loose), repr(character)
    for character in CHARACTERS:
        assert gates.passed(encode(character)) or not wanted.search(character), repr(character)


def test_each_text_passes_the_gates_of_which_it_holds_a_match() -> None:
    gates = Gates(["a", gate("b", r"\bc"), "d"])
    assert [sorted(gates.passed(encode(text))) for text in ("xa", "bd", "C", "x", "")] == [
        [0],
        [1, 2],
        [1],
        [],
        [],
    ]
    assert list(gates.hits(2, "d\u00e9dd", encode("d\u00e9dd"))) == [(0, 1), (2, 3), (3, 4)]
