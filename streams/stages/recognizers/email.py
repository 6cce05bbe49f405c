"""Recognizer of e-mail addresses, whatever precedes or follows them.

What stands before an ``@`` is somebody's, whatever follows: a sentence without a space
("jane@example.com.Thanks"), a top-level domain that does not exist, letters of another script.
"sh@t" and "me@noon" are none: before the ``@`` of a domain without a full stop something has to
stand that is no plain word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import regex
from presidio_analyzer.predefined_recognizers import EmailRecognizer

from streams.stages.recognizers.domains import Span, end_of_domain, end_of_label, without_sentence
from streams.stages.recognizers.scanned import FLAGS, Found, scanned
from streams.stages.windows import LARGEST

AT = re.compile(r"@|%40|\[@\]|\(@\)")
GATE: Final = r"[^\s](?:@|%40)[^\s]"
DOTS: Final = ("[.]", "(.)", "{.}", "[dot]", "(dot)", "{dot}", "[DOT]", "(DOT)")
DOT: Final = rf"(?:\.|{'|'.join(map(re.escape, DOTS))}|%2e)"
LETTERS: Final = "".join(
    chr(code)
    for first, last in ((0xC0, 0x24F), (0x1E00, 0x1EFF))
    for code in range(first, last + 1)
)
PUNCTUATION: Final = "!#$%&'*/=?^`{|}~.+-"
"""Of the part before the ``@``; it does not begin with any."""
ATOMS: Final = (
    f"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_{PUNCTUATION}{LETTERS}"
)
JOINTS: Final = "._+-"
MOST_OTHER: Final = 64
"""Letters before the ``@`` in a script that does not part words."""
QUOTED = re.compile(r"\"[^\"\s@]+\"\Z")
LABEL: Final = r"[\w\p{M}-]+"
HOST = regex.compile(rf"{LABEL}(?:{DOT}{LABEL})*+", FLAGS)
LABELS = regex.compile(LABEL, FLAGS)
SIGN = regex.compile(DOT, FLAGS)
LITERAL = re.compile(r"\[(?:IPv6:)?[0-9A-Fa-f.:]+\]")
LONGEST_HOST: Final = 512
PROVIDERS: Final = frozenset({
    "gmail", "googlemail", "gmial", "yahoo", "ymail", "rocketmail", "hotmail", "outlook", "icloud",
    "aol", "msn", "live",
    "protonmail", "proton", "gmx", "web", "yandex", "qq", "comcast", "verizon", "rediffmail",
    "zoho", "localhost",
})  # fmt: skip
"""Domains that people leave unfinished."""
JOINT = re.compile(r"[0-9._+]")
FORWARDED = re.compile(r"(?:^|[^A-Za-z])(?:RT|MT|via|by)\Z")
"""Before the name of an account: "this.RT@somebody"."""


def addresses(text: str) -> Iterator[Found]:
    """Every address that is written together."""
    position = 0
    for at in AT.finditer(text):
        if at.start() < position:
            continue
        start = _begin(text, position, at.start())
        end = None if start is None else _end(text, text[start : at.start()], at.end())
        position = end or at.end()
        if start is not None and end is not None:
            yield Found(start, end)


def _begin(text: str, low: int, at: int) -> int | None:
    """Where the part before the ``@`` begins, not before ``low``."""
    low = max(low, at - LARGEST)
    written = text[low:at]
    quoted = QUOTED.search(written) if written.endswith('"') else None
    if quoted:
        return low + quoted.start()
    rest = written.rstrip(ATOMS)
    while rest.endswith(DOTS):
        rest = rest[
            : rest.rfind("[") if rest.endswith("]") else max(rest.rfind("("), rest.rfind("{"))
        ].rstrip(ATOMS)
    local = written[len(rest) :]
    if not local or local[0] in JOINTS:
        local = written[len(rest) - _other_letters(rest) :]
    local = local.lstrip(PUNCTUATION)
    return at - len(local) if any(map(str.isalnum, local)) else None


def _other_letters(text: str) -> int:
    """How many letters of another script stand at the end."""
    count = 0
    for character in reversed(text[-MOST_OTHER:]):
        if not (
            character.isalnum() or character in JOINTS or unicodedata.category(character)[0] == "M"
        ):
            break
        count += 1
    return count


def _end(text: str, local: str, start: int) -> int | None:
    """Where the address ends whose domain begins at ``start``; None if it is none."""
    literal = LITERAL.match(text, start)
    if literal:
        return literal.end()
    host = HOST.match(text, start, start + LONGEST_HOST)
    if host is None:
        return None
    labels: Sequence[Span] = [match.span() for match in _labels(text, host.span())]
    end = end_of_domain(text, labels)
    if end is not None:
        return end
    labels = without_sentence(text, labels)
    first = text[slice(*labels[0])]
    if len(labels) > 1 and first[0].isalnum() and any(map(str.isalpha, local)):
        return end_of_label(text, labels[-1])
    named = text[labels[0][0] : end_of_label(text, labels[0])]
    if named.lower() in PROVIDERS or (
        named[:1].isalpha() and len(named) > 1 and _is_no_word(local)
    ):
        return labels[0][0] + len(named)
    return None


def _is_no_word(local: str) -> bool:
    """Whether it looks like somebody's name at a domain, as "jane.roe" and "jane7" do and "sh" of
    "sh@t" does not.
    """
    mixed = any(map(str.isalpha, local)) and JOINT.search(local) is not None
    return mixed and local[-1].isalnum() and FORWARDED.search(local) is None


def _labels(text: str, host: Span) -> Iterator[regex.Match[str]]:
    """Between the full stops of a host, however these are written."""
    position = host[0]
    while position < host[1]:
        label = LABELS.match(text, position, host[1])
        if label is None:
            return
        yield label
        sign = SIGN.match(text, label.end(), host[1])
        position = sign.end() if sign else host[1]


class OfflineEmailRecognizer(EmailRecognizer):
    """EMAIL_ADDRESS, without Presidio's look-up of the list of domains on the network."""

    def __init__(self) -> None:
        super().__init__(patterns=[scanned(known, addresses) for known in self.PATTERNS])

    def validate_result(self, pattern_text: str) -> bool:
        """True: the scan has looked."""
        return True
