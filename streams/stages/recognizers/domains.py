"""Domain boundaries: the end of a domain where text follows without a space."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import tldextract

# The snapshot that comes with tldextract; no fetch, no cache on disk.
SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
TOP_LEVEL: Final = frozenset(suffix.rpartition(".")[2] for suffix in SUFFIXES.tlds)
LONGEST_LABEL: Final = 63
LATIN: Final = "0-9A-Za-z\u00c0-\u024f\u1e00-\u1eff"
"""Letters and digits of most addresses. Those of other scripts stand beside an address without a
space, or make one alone.
"""
SCRIPT = re.compile(rf"(?<=[{LATIN}_-])(?=[^{LATIN}_-])|(?<=[^{LATIN}_-])(?=[{LATIN}_-])")
"""Where another script begins."""
BORDER = re.compile(rf"{SCRIPT.pattern}|(?<=[a-z])(?=[A-Z])|(?<=[{LATIN}])(?=[_-])")
"""Where a label may end and a word begin: another script, a capital or a dash."""
Span = tuple[int, int]


def end_of_domain(text: str, labels: Sequence[Span]) -> int | None:
    """Where the longest domain of ``labels`` ends that ends in a top-level domain; None if there is
    none.
    """
    for number in range(len(labels) - 1, 0, -1):
        start, end = labels[number]
        label = text[start:end]
        if _begins_a_sentence(label, text[slice(*labels[number - 1])], number):
            continue
        for cut in _cuts(label):
            if label[:cut].lower() in TOP_LEVEL:
                return start + cut
    return None


def _begins_a_sentence(label: str, before: str, number: int) -> bool:
    """Whether it is the first word of what was written behind an address without a space:
    "jane@example.com.It was".
    """
    return number > 1 and label.istitle() and before.islower() and before in TOP_LEVEL


def _cuts(label: str) -> Iterator[int]:
    """How much of a label may be one, most first."""
    if len(label) <= LONGEST_LABEL:
        yield len(label)
    borders = [match.start() for match in BORDER.finditer(label[:LONGEST_LABEL])]
    yield from reversed(borders)
    first = borders[0] if borders else min(len(label), LONGEST_LABEL)
    if not label[:1].isascii() and SCRIPT.search(f"a{label[:1]}"):
        yield from range(first - 1, 1, -1)  # words of these scripts are not parted


def without_sentence(text: str, labels: Sequence[Span]) -> Sequence[Span]:
    """The labels before the first that begins with a capital, where those before do not."""
    for number in range(1, len(labels)):
        label, before = text[slice(*labels[number])], text[slice(*labels[number - 1])]
        if label[0].isupper() and before.islower():
            return labels[:number]
    return labels


def end_of_label(text: str, label: Span) -> int:
    """Where a label ends, or its part before another script begins."""
    start, end = label
    border = SCRIPT.search(text[start:end])
    return start + border.start() if border else end
