"""Personal data in every surrounding and in every form that people write: tables for
``masking_quality`` and for the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from infra.settings import PrivacySettings
from models.text.cleaning import clean
from streams.stages.masking import Masker

PIECES: Final = {
    "EMAIL_ADDRESS": ("jane.roe@example.com", "bwgjs4019@163.com", "j_r+x@mail.example.co.uk"),
    "PHONE_NUMBER": ("+44 20 7946 0958", "+8613800138000", "(212) 555-0187"),
    "CREDIT_CARD": ("4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"),
    "IBAN_CODE": ("DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"),
    "IP_ADDRESS": ("203.0.113.7", "2001:db8:85a3::8a2e:370:7334"),
    "US_SSN": ("536-90-4399", "219 09 8765"),
    "URL": ("https://example.com/u/4711", "www.example.org"),
    "PERSON": ("Maria Gonzalez", "Agnieszka Nowak-Zielinska"),
    "LOCATION": ("221B Baker Street", "742 N. Evergreen Terrace"),
}
SURROUNDINGS: Final = {
    "spaces": (("it was ", " today"),),
    "Han": (("\u8054\u7cfb", "\u8c22\u8c22"),
    ("\u6211\u7684\u662f\uff1a", "\uff0c\u591a\u8c22\u3002")),
    "Kana": (("\u9023\u7d61\u5148\u306f", "\u3067\u3059"),
    ("\u30bb\u30f3\u30bf\u30fc\u306b", "\u307e\u3067\u3002")),
    "Hangul": (("\uc5f0\ub77d\ucc98\ub294", "\uc785\ub2c8\ub2e4"),),
    "Thai": (("\u0e15\u0e34\u0e14\u0e15\u0e48\u0e2d\u0e17\u0e35\u0e48",
    "\u0e02\u0e2d\u0e1a\u0e04\u0e38\u0e13"),),
    "Arabic": (("\u0631\u0642\u0645\u064a", "\u0634\u0643\u0631\u0627"),),
    "Cyrillic": (("\u043f\u0438\u0448\u0438\u0442\u0435",
    "\u0441\u043f\u0430\u0441\u0438\u0431\u043e"),),
    "punctuation": (
        ("(", ")"), ("[", "],"), ("\u00ab", "\u00bb"), ("\u300c", "\u300d"), ("\u201c", "\u201d."),
        ("it:", ";"),
        ("\u2014", "\u2014"), ("**", "**"), ("that,", "!"),
    ),
    "emoji": (("\U0001f4de", "\U0001f600"), ("\u2764\ufe0f", "\U0001f469\u200d\U0001f680")),
    "markup": (
        ("<p>", "</p>"), ("one<br>", "<br/>two"), ("<b>", "</b>"),
        ("<li>", "</li><li>Thanks</li>"), 
        ("<a href='x'>", "</a>Thanks"), ("<i>it is </i><b>", "</b><i>it is</i>"),
        ("&nbsp;", "&nbsp;"),
    ),
}  # fmt: skip
"""What stands before and behind a piece, without a space where the script has none."""
LETTERS: Final = {
    "EMAIL_ADDRESS": (("", ".Thanks a lot"), ("", ".I will wait"), ("", "Thanks"), ("", ".It was")),
    "PHONE_NUMBER": (("tel", "call"), ("at", "Thanks")),
    "CREDIT_CARD": (("card", "was"), ("No", "Thanks")),
    "IBAN_CODE": (("IBAN", "thanks"), ("to", "Thanks")),
    "IP_ADDRESS": (("IP", ""), ("from", "")),
    "US_SSN": (("SSN", "was"), ("no", "Thanks")),
    "URL": (("see:", ""), ("", ", Thanks")),
    "PERSON": (("by ", ", Thanks"),),
    "LOCATION": (("at ", ", Thanks"),),
}
"""Letters beside a piece, where it is plain where that begins and ends."""
GLUED: Final = {"PHONE_NUMBER": PIECES["PHONE_NUMBER"][:1], "IP_ADDRESS": PIECES["IP_ADDRESS"][:1]}
"""The pieces of which that is true, where it is not of all."""
SPACES: Final = " \u00a0\u2009\u202f\u2007\u3000"
DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
OTHERS: Final = "./_\u00b7\u2022\u30fb\uff0e\uff0f\u2044\uff3f"
CARD, SSN = ("4111", "1111", "1111", "1111"), ("536", "90", "4399")
IBAN, PHONE = ("DE89", "3704", "0044", "0532", "0130", "00"), ("212", "555", "0187")
FULL_WIDTH: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
ARABIC: Final = {ord("0") + digit: 0x660 + digit for digit in range(10)}


class Form(NamedTuple):
    """``written`` stands for personal data of a kind; ``name`` says how it is written. It is told
    in the sentence ``around``.
    """

    entity: str
    name: str
    written: str
    around: str = "it is {} today"


def separated() -> Iterator[Form]:
    """Numbers in groups, with every separator between them, alone and with spaces."""
    for entity, groups in {
        "CREDIT_CARD": CARD,
        "IBAN_CODE": IBAN,
        "US_SSN": SSN,
        "PHONE_NUMBER": PHONE,
    }.items():
        for name, signs in {"spaces": SPACES, "dashes": DASHES, "other signs": OTHERS}.items():
            for sign in signs:
                yield Form(entity, name, sign.join(groups))
        if entity != "PHONE_NUMBER":
            for sign in "-\u2013/.":
                yield Form(entity, "sign and spaces", f" {sign} ".join(groups))
        yield Form(entity, "full-width", " ".join(groups).translate(FULL_WIDTH))
    for entity, groups in {"CREDIT_CARD": CARD, "US_SSN": SSN, "PHONE_NUMBER": PHONE}.items():
        yield Form(entity, "digits of another script", "-".join(groups).translate(ARABIC))


FORMS: Final = (
    *separated(),
    *(
        Form("EMAIL_ADDRESS", name, written)
        for name, written in (
            ("full-width", "bob\uff20test.org"),
            ("full-width", "bob@example.com".translate(FULL_WIDTH)),
            ("%40", "jane%40example.com"),
            ("dot in brackets", "jane.roe@example[.]com"),
            ("dot in brackets", "jane[.]roe@example(dot)com"),
            ("(at)", "jane.roe(at)example.com"), ("(at)", "jane [at] example [dot] com"),
            ("(at)", "JANE (AT) EXAMPLE (DOT) COM"),
            ("(at)", "jane{at}example.com"), ("(at)", "jane (at) example dot co dot uk"),
            ("(at)", "jane[@]example.com"),
            ("at and dot", "jane.roe at example dot com"), ("at and dot", "jane at gmail dot com"),
            ("at and dot", "JANE AT GMAIL DOT COM"), ("at and dot", ("jane dot roe at yahoo dot co "
                                                                    "dot uk")),
            ("at and dot", "jane@example dot com"), ("spaces", "jane @ gmail.com"),
            ("spaces", "jane.roe@ gmail.com"),
            ("no such domain", "jane.roe@example.notatld"),
            ("no such domain", "jane.roe@corp.internal"),
            ("no such domain", "jane.roe@gmail"), ("no such domain", "root@localhost"),
            ("no such domain", "j.roe@10.0.0.7"),
            ("other scripts",
            "\u0438\u0432\u0430\u043d@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444"),
            ("other scripts", "jos\u00e9@example.com"),
        )
    ),
    *(
        Form("PHONE_NUMBER", name, written)
        for name, written in (
            ("not assigned", "+44 7700 900123"), ("not assigned", "+1 555 123 4567"),
            ("not assigned", "+1-555-555-0100"),
            ("not assigned", "+61 491 570 156"), ("plus", "\uff0b44 20 7946 0958"),
            ("plus", "+44 (0)20 7946 0958"),
            ("keycaps", "".join(f"{digit}\ufe0f\u20e3" for digit in "2125550187")),
        )
    ),
    Form("PHONE_NUMBER", "not assigned", "(555) 123-4567", "call me: {}"),
    *(
        Form("US_SSN", "bare, named", "445310646", around)
        for around in (
            "Someone used my SSN {} to open an account", "my social security number is {}",
            "SSN:{}", "Social Security # {}",
            "\u6211\u7684SSN\u662f{}",
        )
    ),
    *(
        Form("IP_ADDRESS", name, written)
        for name, written in (
            ("dot in brackets", "203[.]0[.]113[.]7"),
            ("dot in brackets", "203(dot)0(dot)113(dot)7"), 
            ("leading zeros", "192.168.001.020"),
            ("full-width", "203.0.113.7".translate(FULL_WIDTH)),
            ("middle dots", "203\u00b70\u00b7113\u00b77"),
        )
    ),
    Form("IP_ADDRESS", "with a port", "2001:db8::7", "at [{}]:443"),
    Form("URL", "full-width", "www.example.com".translate(FULL_WIDTH)),
)  # fmt: skip

NOTHING: Final = (
    "EAN 4006381333931", "EAN: 5000112637922 on the box", "ISBN 978-0-306-40615-7",
    "ISBN-10: 0-306-40615-2", "978-0-306-40615-7",
    "UPC 036000291452", "barcode 4111111111111111", "my order number 212-555-0187",
    "Order #4111111111111111 never came",
    "tracking number 4111 1111 1111 1111", "invoice no. 2125550187", "version 1.2.3.4",
    "firmware v10.0.0.12 is bad",
    "updated to 4.4.2.2 firmware", "Android 4.4.4.2", "iOS version: 9.3.2.1", "std::vector and ::",
    "it is :: great ::",
    "at 10::30", "face:: lovely", "sh@t phone, what a b@stard", "p@ssword", "5@10.99", "lunch@noon",
    "@jane", "me @ work",
    "3.14159265358979323846", "1/2/3/4/5/6/7/8/9", "2019-2020-2021", "+1 000 000 times",
    "10/10, 5.0/5.0", "+1, 100%",
    "1.2.3.4.5.6", "The end.Great. Seen movie.It was", "from 1999-2003", "a bill of 1,234,567.89",
)  # fmt: skip
"""What looks a little like personal data, and is none."""


WORD: Final = "qzq"
"""Stands for a piece in texts that nothing is masked in."""


def masker() -> Masker:
    """Everything that patterns find, persons and places included, and no tagger."""
    privacy = PrivacySettings()

    def none(texts: Sequence[str]) -> list[list[object]]:
        return [[] for _ in texts]

    tagger: Callable[..., list[list[object]]] = none
    return Masker(
        entities=privacy.entities,
        min_score=privacy.min_score,
        phone_regions=privacy.phone_regions,
        tagger=tagger,  # type: ignore[arg-type]
    )


def surrounded() -> Iterator[tuple[str, str, str, str]]:
    """Entity, surrounding, text, and what masking makes of it."""
    for entity, pieces in PIECES.items():
        for surrounding, pairs in SURROUNDINGS.items():
            for before, after in pairs:
                yield from (_told(entity, surrounding, before, piece, after) for piece in pieces)
        for before, after in LETTERS[entity]:
            yield from (
                _told(entity, "letters", before, piece, after)
                for piece in GLUED.get(entity, pieces)
            )
        if entity not in {"PERSON", "LOCATION"}:
            wide = [piece.translate(FULL_WIDTH) for piece in pieces]
            yield from (_told(entity, "full-width", "\uff08", piece, "\uff09") for piece in wide)


def figures() -> dict[str, dict[str, dict[str, list[int]]]]:
    """Of each entity how many pieces are masked exactly, and how many there are: by surrounding,
    and by form.
    """
    mask = masker()
    tables: dict[str, dict[str, dict[str, list[int]]]] = {"surroundings": {}, "forms": {}}
    told = [("surroundings", *one) for one in surrounded()]
    told += [("forms", form.entity, form.name, text, expected) for form, text, expected in formed()]
    for table, entity, column, text, expected in told:
        count = tables[table].setdefault(entity, {}).setdefault(column, [0, 0])
        count[0] += mask([clean(text)])[0].text == expected
        count[1] += 1
    return tables


def markdown(tables: dict[str, dict[str, dict[str, list[int]]]]) -> Iterator[str]:
    """Both tables: the surroundings as columns, the forms in lines."""
    columns = list(
        dict.fromkeys(column for row in tables["surroundings"].values() for column in row)
    )
    yield (
        "Pieces masked exactly, of those planted, by what stands beside them "
        "([texts](masking_tables.py)), by patterns alone:"
    )
    yield ""
    yield f"| | {' | '.join(columns)} |"
    yield "|---" * (1 + len(columns)) + "|"
    for entity, row in tables["surroundings"].items():
        yield f"| {entity} | {' | '.join(_share(row.get(column)) for column in columns)} |"
    yield from (
        "",
        "By the form that people write:",
        "",
        "| | form: masked of planted |",
        "|---|---|",
    )
    for entity, row in tables["forms"].items():
        forms = ", ".join(f"{form}: {_share(count)}" for form, count in row.items())
        yield f"| {entity} | {forms} |"


def _share(count: list[int] | None) -> str:
    return f"{count[0]}/{count[1]}" if count else ""


def _told(
    entity: str, surrounding: str, before: str, piece: str, after: str
) -> tuple[str, str, str, str]:
    return (
        entity,
        surrounding,
        f"{before}{piece}{after}",
        clean(f"{before}{WORD}{after}").replace(WORD, f"<{entity}>"),
    )


def formed() -> Iterator[tuple[Form, str, str]]:
    """Each form, the text that it is told in, and what masking makes of it."""
    for form in FORMS:
        yield (
            form,
            form.around.format(form.written),
            clean(form.around).replace("{}", f"<{form.entity}>"),
        )
