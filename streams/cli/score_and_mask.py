"""``undertone score`` and ``mask``: JSON lines in, JSON lines out, without servers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson
import typer

from infra.command_line import configured, example
from schemas import json_input
from schemas.errors import InputError, Origin, Rejected
from schemas.inputs import RawRecord
from streams.cli.cli_app import app

BATCH = 64


@app.command(
    epilog=example("""echo '{"text": "Loved it. Ask for Maria Gonzalez"}' | undertone score""")
)
def score() -> None:
    """Score reviews: one JSON object per line on standard input, one on standard output, in the
    same order.

    A line that cannot be scored yields "rejected" with the reason, and the exit status is 1.
    """
    from streams.composition import build_offline_pipeline

    pipeline = build_offline_pipeline(configured(), lambda _: nullcontext())
    rejected = 0
    for batch in _batches(lines()):
        records = [
            RawRecord(Origin("line", 0, number), None, line, datetime.now(UTC))
            for number, line in batch
        ]
        for record, outcome in zip(
            records, pipeline(records, lambda: datetime.now(UTC)).outcomes, strict=True
        ):
            if isinstance(outcome, Rejected):
                rejected += 1
                _write(
                    {
                        "line": record.origin.offset,
                        "rejected": outcome.reason,
                        "detail": outcome.detail,
                    }
                )
            else:
                _write(
                    {name: getattr(outcome, name) for name in outcome.__slots__ if name != "pii"}
                    | {"pii": dict(outcome.pii)}
                )
    if rejected:
        raise InputError(f"{rejected} lines were rejected; each says why on standard output")


@app.command(epilog=example("""echo '{"text": "mail jane@example.org"}' | undertone mask"""))
def mask() -> None:
    """Mask personal data: reads JSON lines with "text", writes the masked text and the entities
    with offsets into the input.
    """
    from models.text.cleaning import clean_aligned
    from streams.composition import build_languages, build_masker, known_languages

    settings = configured()
    masker, languages = build_masker(settings.privacy), build_languages(settings.language)
    expected = known_languages(settings)
    bad = 0
    for batch in _batches(lines()):
        cleaned: list[tuple[dict[str, Any], str, Callable[[int, int], tuple[int, int]]]] = []
        for number, line in batch:
            document, text = text_of(number, line)
            bad += "rejected" in document
            aligned, alignment = clean_aligned(text)
            cleaned.append((document, aligned, alignment.span))
        texts = [text for _, text, _ in cleaned]
        codes = [languages.identify(text, expected).code for text in texts]
        for (document, _, span), masked in zip(cleaned, masker(texts, codes), strict=True):
            entities = []
            for entity in masked.entities:
                start, end = span(entity.start, entity.end)
                entities.append(
                    {
                        "type": entity.type,
                        "start": start,
                        "end": end,
                        "score": round(entity.score, 4),
                    }
                )
            _write(document | {"text_masked": masked.text, "entities": entities})
    if bad:
        raise InputError(f"{bad} lines were rejected; each says why on standard output")


def text_of(number: int, line: bytes) -> tuple[dict[str, Any], str]:
    """Fields of the line to repeat in the answer, and its text; a bad line gives "rejected" with
    the reason, and an empty text.
    """
    try:
        document = json_input.parse(line)
        text = document.get("text")
        if not isinstance(text, str):
            raise json_input.BadField(
                "text is not a string" if "text" in document else "text is missing"
            )
    except (json_input.NotJson, json_input.BadField) as error:
        return {"line": number, "rejected": str(error)}, ""
    return ({"review_id": document["review_id"]} if "review_id" in document else {}), text


def lines() -> Iterator[tuple[int, bytes]]:
    """Standard input's lines that are not blank, numbered from 1."""
    if sys.stdin.isatty():
        typer.echo("reading JSON lines from the terminal; end with Ctrl-D", err=True)
    return ((number, line) for number, line in enumerate(sys.stdin.buffer, 1) if line.strip())


def _batches(lines: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """At most ``BATCH`` lines at once; from a terminal one at a time, so that each is answered when
    it is typed.
    """
    size = 1 if sys.stdin.isatty() else BATCH
    while batch := list(islice(lines, size)):
        yield batch


def _write(document: dict[str, Any]) -> None:
    sys.stdout.buffer.write(
        orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
    )
    sys.stdout.buffer.flush()
