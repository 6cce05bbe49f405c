"""Pathological texts on which a stage could take super-linear time, for tests,
``bench.pathological`` and the chaos suite.

Each is a unit that is repeated to a given length, so that the cost at twice the length can be
compared. Where the unit alone would not reach a recognizer, ``hit`` puts something that its gate
lets through into every ``EVERY`` characters, which is less than the largest window: the recognizer
then reads the repetition around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

EVERY: Final = 2000
LONGEST: Final = 100_000
"""Characters of the longest review that is accepted."""


@dataclass(frozen=True, slots=True)
class Pathological:
    """A text of any length: ``unit`` again and again, ``before`` once, and ``hit`` in every
    ``EVERY`` characters.
    """

    name: str
    unit: str
    before: str = ""
    hit: str = ""

    def __call__(self, length: int) -> str:
        """Exactly ``length`` characters."""
        block = (
            self.unit * (max(0, EVERY - len(self.hit)) // len(self.unit)) + self.hit
            if self.hit
            else self.unit
        )
        return (self.before + block * (length // len(block) + 1))[:length]


REPEATED: Final = (
    # Web addresses and mail
    "a.co ", "x@x.com.", "a.b@", "http://a.b/", "'a.co", "https://a.co?x=1&", "www.a.co,", "x.com ",
    "a@b.co,",
    "a.b.c.d@e.f.org ",
    "jane (at) example (dot) org ", "jane at example dot com ", "a(at)b.c", "mail me: a@b.co ",
    # Numbers
    "1.", "1 ", "1/", "1-1.1/", "(1)", "1x1 ", "1\n", "7" * 12 + " ", "4111-",
    "4111 1111 1111 1111 ", "378282246310005 ",
    "DE89 3704 0044 ", "DE89 3704 0044 0532 0130 00 ", "DE89370400440532013000", "+49 30 123456 ",
    "call +1 415 555 0132 ",
    "+1 ", "030/12345678b", "1/1/1/1/1/1b", "536-90-4399 ", "ssn 536904399 ", "123-45-",
    "2012-01-02 08:00 ",
    # Network addresses
    "::1 ", "1:", "::", "1.1.1.1 ", "ip 1.1.1.1 ", "a:b:c:d:e:f:1:2 ", "IP:",
    "1:1:1:1:1:1:1.1.1.1,",
    # People and places
    "Mr. Smith ", "Anna ", "Anna-", "Anna Maria de la Cruz ", "met Aa Bb ", "my friend, Aa ",
    "ask for A", "Aa ", "A. ", "AA ",
    "1 Aa Street ", "1 Aa Bb Cc Dd ", "Aweg 1 ", "Astrasse 1 ", "12 Aaaaaaaaaaaaaaaaaaaa ",
    "Berlin, ", "o'A-", "en Jan de Wit was ",
    # Markup and character references
    "<b>", "<b ", "<", "<!--", "<!-- -->", "<script>", "<p>a</p>", "&amp;", "&lt;b&gt;", "&#65;",
    "&amp", "&" + "a" * 31 + ";",
    "<div a='", "<EMAIL_ADDRESS> ",
    # Signs, emoji, white space and what cannot be seen
    "\U0001f1e9\U0001f1ea", "\U0001f469\u200d\U0001f680", "\u200d", "\U0001f469\u200d", "\u200b",
    "a\u200b", "\u00ad", "\ufeff",
    "\u00a0", "\u2028", "  a", "\t", "(", ")", "((a", "a))", "!", "...", "-", "--a", "'", "a'",
    '"a', "a:b ", "phone:1 ", "_",
    # Combining marks, right to left, scripts without spaces
    "a\u0301", "\u0301", "\u0301\u0327", "\u0327\u0301", "a\u0301\u0327\u0323",
    "\u1112\u1161\u11ab", "e\u0345\u0301",
    "\u0645\u0631\u062d\u0628\u0627", "\u202e\u05d0\u05d1", "\u6f22", "\u6f22\u5b57a@b.co",
    "\u3042", "\ud55c\uad6d",
    "\u0e44\u0e17\u0e22",
    "\u0430", "\u03b1\u03b2", "\u0130", "\u0131", "\u017f", "\ufb03", "\U00010d41", "\ud800",
    "\U0001d400",
    # Addresses and numbers as people write them
    "x@a.a.a.", "jane @ gmail.com ", "a%40a", "1[.]1[.]", "a.b at c dot ", "\u8c22@\u8c22.",
    "+44 7700 900123 ", "4111 / 1111 / ",
    "SSN 44531 ", "a<b>B", "a</b><i>", "n?t \u00e2\u20ac",
    # Words
    "a", "A", "aA", "a ", "ab1 ", "word ", "not bad ", "10/10 ", "the ", "phone ", "call number ",
)  # fmt: skip
HIT: Final = (
    ("1.", " a.co "), ("1.", "a.co"), ("x.x", " 1.co "), (".zz", "a.co"), ("www.", "co "),
    ("a-", "a.co"), ("https://1.1.",
    "a.co "),
    ("a-", "@b.co "), ("a.", "@b.co "), ("a", "@b.co "), ("b-", " a@b.co-"), ("a@b-", "c.co "),
    ("a.a.", "a(at)b.co "),
    ("A-", "Aweg 1 "), ("A", "weg 1 "), ("Aa ", "1 Aa Street "), ("1 A", " Aa St "),
    ("\u6f22", "a@b.co"), ("\u6f22", "a.co"),
    ("a e i o ", "1234567 "), ("((", "1234567"), ("A\u0301", "Mr Aa "), ("1:", " ::1 "),
    ("a", " call 030 901820 "),
    ("(", " 536904399 "), ("\"'", " ssn 536904399 "), ("a.b", " ip 1.1.1.1 "),
    ("the ", "030 901820 "), ("a:", " 030 901820 "),
)  # fmt: skip
BEFORE: Final = (
    ("<!--", "-->"), ("(", "ssn 536904399 "), (")", "call 030 901820 "), ("\u200d", "\U0001f469"),
    ("a ", "<script>"),
    ("A", "Mr "), ("a", "a@b."), ("1", "+"), ("-a", "a@b"), ("\u0301", "a"), ("a.co ", "link "),
    ("the ",
    "phone +1 415 555 0132 "), ("de ", "Ik zag Van "),
)  # fmt: skip

TEXTS: Final = (
    *(Pathological(repr(unit)[1:-1][:24], unit) for unit in REPEATED),
    *(Pathological(f"{unit!r} around {hit!r}", unit, hit=hit) for unit, hit in HIT),
    *(Pathological(f"{unit!r} behind {before!r}", unit, before) for unit, before in BEFORE),
)


def mixture(length: int) -> str:
    """One of each, again and again: every gate is passed everywhere."""
    return "".join(islice(cycle("".join(text(200) for text in TEXTS)), length))
