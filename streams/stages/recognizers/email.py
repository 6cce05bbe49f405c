"""Recognizer of e-mail addresses: Presidio's pattern without its network look-up of domains, and addresses spelled out.

Who writes "jane (at) example (dot) org" hides an address from machines, not from people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import regex
import tldextract
from presidio_analyzer import Pattern
from presidio_analyzer.predefined_recognizers import EmailRecognizer

from streams.stages.recognizers.scanned import FLAGS, Found, scanned

# The snapshot that comes with tldextract; no fetch, no cache on disk.
SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
OPEN, CLOSE = r"[(\[]\s?", r"\s?[)\]]"
LABEL: Final = r"\w(?:[\w-]{0,22}\w)?"
LOCAL: Final = r"\b\w[\w.+-]{0,40}"
BARE_AT: Final = r"\sat\s"
AT: Final = rf"\s?{OPEN}at{CLOSE}\s?"
DOT: Final = rf"(?:\s?{OPEN}(?:dot|\.){CLOSE}\s?|\sdot\s)"
BRACKETED: Final = Pattern("Email, (at)", rf"{LOCAL}{AT}{LABEL}(?:(?:\.|{DOT}){LABEL}){{1,3}}\b", 0.5)
# "I saw it at example dot com" is no address: words around have to speak of mail.
BARE: Final = Pattern("Email, at and dot", rf"{LOCAL}{BARE_AT}{LABEL}(?:{DOT}{LABEL}){{1,3}}\b", 0.05)
CONTEXT: Final = ["email", "e-mail", "mail", "contact", "write", "reach", "address"]
ANY_AT, ANY_DOT = re.compile(rf"{AT}|{BARE_AT}", re.IGNORECASE), re.compile(DOT, re.IGNORECASE)
# The parts of Presidio's pattern.
ATOM: Final = r"!#$%&'*+\-/=?^_`{|}~\w"
LOCAL_PART = regex.compile(rf"[{ATOM}.]+", FLAGS)
BEGINNING = regex.compile(rf"\b[{ATOM}]", FLAGS)
DOMAIN = regex.compile(r"[@]\w+(?:-+\w+)*(?:\.\w+(?:-+\w+)*)+\b", FLAGS)


def addresses(text: str) -> Iterator[Found]:
    """Matches of Presidio's pattern: each run of its characters that an ``@`` ends, and the domain behind it."""
    position = 0
    for run in LOCAL_PART.finditer(text):
        at = run.end()
        if not text.startswith("@", at) or text[at - 1] == ".":
            continue
        begins = BEGINNING.search(text, max(position, run.start()), at)
        domain = DOMAIN.match(text, at) if begins else None
        if begins and domain:
            position = domain.end()
            yield Found(begins.start(), position)


class OfflineEmailRecognizer(EmailRecognizer):
    """EMAIL_ADDRESS where the domain ends in a public suffix."""

    def __init__(self) -> None:
        super().__init__(patterns=[scanned(known, addresses) for known in self.PATTERNS])

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the domain is one that can exist."""
        return SUFFIXES(pattern_text).fqdn != ""


class SpelledOutEmailRecognizer(EmailRecognizer):
    """EMAIL_ADDRESS written so that machines do not find it, under a domain that ends in a public suffix."""

    def __init__(self) -> None:
        super().__init__(patterns=[BRACKETED, BARE], context=CONTEXT, name="SpelledOutEmailRecognizer")

    def validate_result(self, pattern_text: str) -> bool | None:
        """False where the domain cannot exist; None where only the words around can tell."""
        written = ANY_DOT.sub(".", ANY_AT.sub("@", pattern_text))
        if SUFFIXES(written).fqdn == "":
            return False
        return True if re.search(AT, pattern_text, re.IGNORECASE) else None
