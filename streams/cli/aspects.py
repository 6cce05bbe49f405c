"""``undertone aspects``: texts in, what they say of which aspects out, without servers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson

from infra.command_line import configured, example
from schemas.errors import InputError
from streams.cli.cli_app import app
from streams.cli.score_and_mask import BATCH, lines, text_of

if TYPE_CHECKING:
    from rich.table import Table

    from schemas.records import Aspect
    from schemas.text import MaskedText
    from streams.stages.language import LanguageIdentifier
    from streams.stages.masking import Masker

Extract = Callable[[Sequence["MaskedText"], Sequence[str]], Sequence[tuple["Aspect", ...]]]
OBJECT: Final = b"{"


@dataclass(frozen=True, slots=True)
class Aspects:
    """The stages up to aspects. ``expected``: languages that a text may be taken for at first
    sight.
    """

    languages: LanguageIdentifier
    expected: Container[str]
    mask: Masker
    extract: Extract

    def __call__(self, batch: Sequence[tuple[int, bytes]]) -> Iterator[dict[str, Any]]:
        """The answer to each line; "rejected" in it says why there is none."""
        from models.text.cleaning import clean

        read = [_read(number, line) for number, line in batch]
        texts = [clean(text) for _, text in read]
        codes = [self.languages.identify(text, self.expected).code for text in texts]
        masked = [each.text for each in self.mask(texts, codes)]
        found = self.extract(masked, codes)
        for (document, _), text, code, aspects in zip(read, masked, codes, found, strict=True):
            if "rejected" in document:
                yield document
            else:
                yield document | {"text_masked": text, "language": code, "aspects": aspects}


@app.command(epilog=example("echo 'A weak battery, but a great screen' | undertone aspects"))
def aspects() -> None:
    """Find what reviews say of which aspects: one text, or one JSON object with "text", per line on
    standard input.

    Writes one JSON object per line, in the same order; on a terminal a table. Where the settings
    ask for no aspects, the level is full.
    """
    from streams.composition import build_aspects, build_languages, build_masker, known_languages

    settings = configured()
    stage = build_aspects(settings.aspects)
    level = stage.level or "full"
    extractor = stage.load(level)
    stages = Aspects(
        build_languages(settings.language),
        known_languages(settings),
        build_masker(settings.privacy),
        lambda texts, codes: extractor(texts, codes, level=level),
    )
    bad = 0
    given = lines()
    size = 1 if sys.stdin.isatty() else BATCH
    while batch := list(islice(given, size)):
        answers = list(stages(batch))
        bad += sum("rejected" in answer for answer in answers)
        _show(answers)
    if bad:
        raise InputError(f"{bad} lines were rejected; each says why on standard output")


def _read(number: int, line: bytes) -> tuple[dict[str, Any], str]:
    """What to repeat of a line in its answer, and its text."""
    if line.lstrip().startswith(OBJECT):
        return text_of(number, line)
    try:
        return {}, line.decode("utf8").strip()
    except UnicodeDecodeError:
        return {"line": number, "rejected": "neither text in UTF-8 nor JSON"}, ""


def _show(answers: Iterable[dict[str, Any]]) -> None:
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(table(answers))
        return
    for answer in answers:
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def table(answers: Iterable[dict[str, Any]]) -> Table:
    """A row for each aspect, below its text; a text without aspects has a row of its own."""
    from rich.table import Table
    from rich.text import Text

    found = Table("text", "aspect", "category", "sentiment")
    found.add_column("score", justify="right")
    for answer in answers:
        rejected = "rejected" in answer
        text = Text(
            f"line {answer['line']}: {answer['rejected']}" if rejected else answer["text_masked"]
        )
        rows = answer.get("aspects") or ()
        for number, each in enumerate(rows):
            found.add_row(
                "" if number else text,
                Text(each.term),
                Text(each.category),
                each.sentiment,
                f"{each.score:.3f}",
            )
        if not rows:
            found.add_row(text)
    return found
