"""A file's records → a topic, with a progress bar."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from infra.kafka.publisher import Outgoing, Publisher
from infra.settings import KafkaSettings
from schemas.errors import InputError

CHUNK = 500
CSV_FIELD_LIMIT = 10_000_000


def produce_file(kafka: KafkaSettings, path: Path, topic: str) -> int:
    """Send every record of ``path`` to ``topic``; how many there were. Raises ``InputError`` naming file and line."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    publisher = Publisher(kafka)
    sent = 0
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[sent]} records"), TimeRemainingColumn())
    with path.open("rb") as file, Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(path.name, total=path.stat().st_size, sent=0)
        messages = (Outgoing(topic, str(record_id).encode(), value) for record_id, value in read(path, file))
        while chunk := list(islice(messages, CHUNK)):
            publisher.publish(chunk)
            sent += len(chunk)
            progress.update(task, completed=file.tell(), sent=sent)
    publisher.close()
    return sent


def read(path: Path, file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """(id, JSON value) of each record; ids that a record lacks are made of the file's name and its number."""
    stem = path.name.split(".")[0]
    raw = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
    text = io.TextIOWrapper(raw, encoding="utf8", newline="")
    rows = _csv(path, text) if ".csv" in path.suffixes else _json_lines(path, text)
    try:
        for number, record in rows:
            record.setdefault("feedback_id" if "label" in record and "text" not in record else "review_id", f"{stem}-{number}")
            yield record.get("feedback_id") or record["review_id"], orjson.dumps(record)
    finally:
        text.detach()  # the file is the caller's to close


def _csv(path: Path, text: io.TextIOWrapper) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(CSV_FIELD_LIMIT)
    reader = csv.DictReader(text)
    try:
        for number, row in enumerate(reader, 1):
            if None in row or None in row.values():
                raise InputError(f"{path}, line {reader.line_num}: not as many fields as columns")
            record: dict[str, Any] = {name: value for name, value in row.items() if value != ""}
            if "rating" in record:
                record["rating"] = float(record["rating"])
            yield number, record
    except (csv.Error, UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}") from error
    except ValueError as error:
        raise InputError(f"{path}, line {reader.line_num}: rating is not a number") from error


def _json_lines(path: Path, text: io.TextIOWrapper) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    try:
        for number, line in enumerate(text, 1):
            if line.strip():
                record = orjson.loads(line)
                if not isinstance(record, dict):
                    raise InputError(f"{path}, line {number}: not a JSON object")
                yield number, record
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{path}, line {number + isinstance(error, OSError)}: {type(error).__name__}") from error
