"""File producer: rows of a file to a topic, with a progress bar and counts of sent and refused
rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from infra.files import FileOptions, Table, open_table
from infra.files.columns import Columns, choose, shown
from infra.files.documents import FEEDBACK, REVIEW, Contract
from infra.kafka.publisher import Outgoing, Publisher
from infra.settings import KafkaSettings
from schemas import topics
from schemas.json_input import BadField

CHUNK = 500
LARGEST = topics.REVIEWS_RAW.max_bytes - 10_000
"""Bytes of key and value; the rest is for headers and the batch around them."""
SHOWN_ROWS = 5


@dataclass
class Account:
    """Counts of sent and refused rows; refusals by reason, with their number and the first of
    them."""

    sent: int = 0
    refused: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def refuse(self, reason: str, place: str) -> None:
        """Count a row."""
        count, places = self.refused.get(reason, (0, []))
        self.refused[reason] = (count + 1, [*places, place] if len(places) < SHOWN_ROWS else places)

    @property
    def refusals(self) -> int:
        """Number of refused rows."""
        return sum(count for count, _ in self.refused.values())

    def lines(self, topic: str) -> Iterator[str]:
        """For a person. Holds numbers of rows and no text."""
        refused = (
            f", {self.refusals:,} row{'s' * (self.refusals != 1)} refused" if self.refused else ""
        )
        yield f"{self.sent:,} record{'s' * (self.sent != 1)} sent to {topic}{refused}"
        for reason, (count, places) in self.refused.items():
            more = f" and {count - len(places):,} more" if count > len(places) else ""
            yield f"  {reason}: {', '.join(places)}{more}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be sent: what is wrong with it as a whole was said when this was made."""

    path: Path
    table: Table
    contract: Contract
    columns: Columns

    @classmethod
    def of(cls, path: Path, topic: str, options: FileOptions) -> Source:
        """Raises ``InputError`` where the file cannot be read, or a column that is needed is
        missing.
        """
        table = open_table(path, options)
        contract = FEEDBACK if topic == topics.FEEDBACK.name else REVIEW
        return cls(path, table, contract, choose(path, table, contract, options))

    def notes(self) -> Iterator[str]:
        """Notes on columns that are read under another name, and on columns that are not read."""
        if renamed := [
            f"{field} ← {shown([column])}"
            for field, column in self.columns.by_field.items()
            if field != column
        ]:
            yield "columns: " + ", ".join(renamed)
        if self.columns.unread:
            yield f"not sent: {shown(self.columns.unread)}"
        if self.columns.advice:
            yield f"to send more of them: {self.columns.advice}"

    def messages(self, topic: str, account: Account) -> Iterator[Outgoing]:
        """A message a row, the rows that are refused left out and counted.

        A row without an id gets one of the file's name and the row's number: sent again, it is the
        same review.
        """
        # The whole name: a name that is no UTF-8 must not fail either.
        name = os.fsencode(self.path.name).decode("utf8", "replace")
        for row in self.table.rows():
            try:
                if row.problem:
                    raise BadField(row.problem)
                document = self.contract.document(
                    row.cells,
                    self.columns.by_field,
                    f"{name}-{row.number}",
                    text_only=self.table.text_only,
                )
                message = Outgoing(
                    topic, str(document["review_id"]).encode(), orjson.dumps(document)
                )
                if len(message.key or b"") + len(message.value) > LARGEST:
                    raise BadField("larger than a message may be")
            except BadField as error:
                account.refuse(str(error), row.place)
            else:
                yield message


def produce(kafka: KafkaSettings, source: Source, topic: str, account: Account) -> None:
    """Send every record of ``source``, and keep the account of it, also of what was sent before an
    error or Ctrl-C.
    """
    publisher = Publisher(kafka)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[sent]} records"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(source.path.name, total=1.0, sent=0)
        records = source.messages(topic, account)
        while messages := list(islice(records, CHUNK)):
            publisher.publish(messages)
            account.sent += len(messages)
            progress.update(task, completed=source.table.share(), sent=account.sent)
        progress.update(task, completed=1.0)
    publisher.close()
