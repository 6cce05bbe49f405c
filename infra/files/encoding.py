"""Character encodings of text files: UTF-8, the encoding of a byte order mark, or the one given by
the caller.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from schemas.errors import InputError

UNDECODABLE = "\udfff"
"""Stands for bytes that are none of the encoding: a surrogate, which no correct text holds."""
KEEP = "undertone.undecodable"
codecs.register_error(KEEP, lambda error: (UNDECODABLE, getattr(error, "end", 0)))

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SINGLE_BYTE = (
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1256",
    "cp1255",
    "cp874",
)
WIDE = ("utf_16_le", "utf_16_be")
EAST_ASIAN = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
SPARSE = 0.05
"""Below this share of bytes beyond ASCII a text is in an alphabet of Latin letters."""
GUESSED_FROM = 20_000
NULS = 0.1


def encoding_of(path: Path, sample: bytes, asked: str | None, *, complete: bool) -> str:
    """The encoding to read with. Raises ``InputError`` naming the likely one where it is neither
    asked for nor evident.
    """
    if asked is not None:
        try:
            "".encode(asked)
        except LookupError:
            raise InputError(
                f"--encoding {asked}: no encoding of text; try for example cp1252, utf-16 or "
                "shift_jis"
            ) from None
        return asked
    for mark, encoding in MARKS:
        if sample.startswith(mark):
            return encoding
    text = codecs.getincrementaldecoder("utf-8")(KEEP).decode(sample, complete)
    bad = text.count(UNDECODABLE)
    good = sum(character > "\x7f" for character in text) - bad if bad else 0
    # A damaged line in UTF-8 is refused when its turn comes; in another encoding nearly nothing
    # beyond ASCII is UTF-8.
    if (not bad or good > 2 * bad) and text.count("\0") <= NULS * len(text):
        return "utf-8"
    guess = _guess(sample[:GUESSED_FROM])
    if guess is None:
        raise InputError(
            f"{path}: neither text in UTF-8 nor in an encoding that it looks like; is it a table?"
        )
    raise InputError(f"{path}: not in UTF-8; it looks like {guess}: --encoding {guess}")


def _guess(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    beyond_ascii = sum(byte > 0x7F for byte in sample)
    candidates: tuple[str, ...] = (
        SINGLE_BYTE if beyond_ascii < SPARSE * len(sample) else (*SINGLE_BYTE, *EAST_ASIAN)
    )
    if b"\0" in sample:
        candidates = WIDE
    order = {name: place for place, name in enumerate(candidates)}
    found = list(from_bytes(sample, cp_isolation=list(candidates)))
    if not found:
        return None
    best = min(found, key=lambda match: (match.chaos, order.get(match.encoding, len(order))))
    # Some decode a sample alike: then the commonest is named.
    names = [name for name in (best.encoding, *best.could_be_from_charset) if name in order]
    return min(names, key=order.__getitem__).replace("_", "-") if names else None


@contextmanager
def decoded(stream: io.BufferedIOBase, encoding: str) -> Iterator[io.TextIOWrapper]:
    """``stream`` as text with its line ends as they are; bytes that cannot be decoded become
    ``UNDECODABLE``.
    """
    text = io.TextIOWrapper(cast(BinaryIO, stream), encoding=encoding, errors=KEEP, newline="")
    try:
        yield text
    finally:
        text.detach()  # whoever opened the stream closes it
