"""Recognizer of e-mail addresses spelled out: "jane (at) example (dot) org", "jane at gmail dot
com", "jane @ gmail.com".

Who writes so hides an address from machines, not from people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import regex
from presidio_analyzer import Pattern
from presidio_analyzer.predefined_recognizers import EmailRecognizer

from streams.stages.gates import without_assertions
from streams.stages.recognizers.domains import LATIN, end_of_domain
from streams.stages.recognizers.email import PROVIDERS
from streams.stages.recognizers.scanned import FLAGS, Found, scanned

OPEN, CLOSE = r"\s?[(\[{<]\s?", r"\s?[)\]}>]\s?"
WORD: Final = rf"[{LATIN}_][{LATIN}_+-]{{0,63}}"
AT: Final = rf"(?:{OPEN}(?:at|@|ät|arroba){CLOSE}|[(\[{{<]a[)\]}}>])"
BARE_AT: Final = r"\s(?:at|arroba)\s"
SPACED_AT: Final = r"\s?@\s?"
DOT: Final = rf"(?:{OPEN}(?:dot|\.|punkt|punto){CLOSE}|\s(?:dot|punkt|punto)\s)"
ANY_DOT: Final = rf"(?:\.|{DOT})"
LOCAL: Final = rf"{WORD}(?:{ANY_DOT}{WORD}){{0,4}}"
LABEL: Final = rf"[{LATIN}](?:[{LATIN}_-]{{0,61}}[{LATIN}])?"
CONTEXT: Final = ["email", "e-mail", "mail", "contact", "write", "reach", "address"]
PROVIDER: Final = "|".join(sorted(PROVIDERS))
GATE: Final = without_assertions(
    rf"(?i:{AT}|{BARE_AT}[\w-]+{DOT}|@[\w-]+{DOT}|\s@\s?(?:{PROVIDER})|@\s(?:{PROVIDER}))"
)
LABELS = regex.compile(LABEL, FLAGS)
AT_SIGN = re.compile(rf"{AT}|{BARE_AT}|{SPACED_AT}", re.IGNORECASE)
BRACKETED_AT = re.compile(AT, re.IGNORECASE)
PLAIN_WORD = re.compile(r"[^\W\d_]+")


def _scan(at: str, dot: str) -> Callable[[str], Iterator[Found]]:
    """Addresses whose signs are written so, up to the last label that can end one."""
    address = regex.compile(rf"{LOCAL}(?P<at>{at})(?P<host>{LABEL}(?:{dot}{LABEL}){{1,4}})", FLAGS)

    def scan(text: str) -> Iterator[Found]:
        for match in address.finditer(text):
            labels = [label.span() for label in LABELS.finditer(text, *match.span("host"))]
            end = end_of_domain(
                text, [label for label in labels if not _is_sign(text[slice(*label)])]
            )
            if end is not None:
                yield Found(match.start(), end)

    return scan


def _is_sign(label: str) -> bool:
    return label.lower() in {"dot", "punkt", "punto"}


BRACKETED: Final = scanned(Pattern("Email, (at)", rf"{LOCAL}{AT}", 0.5), _scan(AT, ANY_DOT))
# "I saw it at example dot com" is no address: words around have to speak of mail, or the address
# for itself.
BARE: Final = scanned(Pattern("Email, at and dot", rf"{LOCAL}{BARE_AT}", 0.05), _scan(BARE_AT, DOT))
SPACED: Final = scanned(
    Pattern("Email, spaces or dot", rf"{LOCAL}{SPACED_AT}", 0.05), _scan(SPACED_AT, ANY_DOT)
)


class SpelledOutEmailRecognizer(EmailRecognizer):
    """EMAIL_ADDRESS written so that machines do not find it."""

    def __init__(self) -> None:
        super().__init__(
            patterns=[BRACKETED, BARE, SPACED], context=CONTEXT, name="SpelledOutEmailRecognizer"
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """True where the form has no other meaning; None where only the words around can tell;
        False where it is written together, which is another recognizer's, or stands beside a shop's
        name ("find it @ example.com")."""
        at = AT_SIGN.search(pattern_text)
        if at is None:
            return False
        local, host = pattern_text[: at.start()], pattern_text[at.end() :]
        if BRACKETED_AT.fullmatch(at[0]):
            return True
        provider = any(
            host.lower().startswith(name) and not host[len(name) : len(name) + 1].isalnum()
            for name in PROVIDERS
        )
        if "@" in at[0]:
            return provider or (at[0] == "@" and regex.search(DOT, host, FLAGS) is not None)
        return True if provider or PLAIN_WORD.fullmatch(local) is None else None
