"""Demo: the environment shared by all acts, with addresses, a producer, SQL and progress output."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.kafka.publisher import Outgoing, Publisher
from infra.settings import Settings
from infra.warehouse.port import Warehouse
from schemas.topics import FEEDBACK, REVIEWS_RAW
from streams.demo.sample import SampleReview

PATIENCE_S = 240
POLL_S = 0.5
OPPOSITE = {"positive": "negative", "negative": "positive"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Environment of an act."""

    console: Console
    settings: Settings
    warehouse: Warehouse
    publisher: Publisher

    def review(self, reviews: Sequence[SampleReview], source: str) -> None:
        """Produce them to ``reviews.raw``."""
        self.publisher.publish([_review(review, source) for review in reviews])

    def feedback(self, reviews: Sequence[SampleReview], *, lie: bool = False) -> None:
        """Produce their labels, or with ``lie`` the opposite, to ``feedback``."""
        self.publisher.publish([_feedback(review, lie) for review in reviews])

    def say(self, at: datetime, what: str, why: str) -> None:
        """A step, in a word and in a sentence."""
        self.console.print(f"[dim]{at:%H:%M:%S}[/dim] [bold]{what}[/bold] {why}", highlight=False)

    def count(self, sql: str, **parameters: object) -> int:
        """The one number that a query gives."""
        return int(str(self.warehouse.query(sql, parameters)[0][0]))

    def wait(self, name: str, done: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
        """Until ``done``; False where patience ended first. Shows that it waits."""
        deadline = time.monotonic() + patience_s
        with self.console.status(name):
            while not (fine := done()) and time.monotonic() < deadline:
                time.sleep(POLL_S)
        return fine

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Bars."""
        columns = (
            TextColumn("{task.description:14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            yield progress

    def wait_for_count(self, progress: Progress, name: str, total: int, sql: str) -> None:
        """Until ``sql`` counts ``total``, or patience ends: then the report says what is
        missing."""
        task = progress.add_task(name, total=total)
        deadline = time.monotonic() + PATIENCE_S
        count = 0
        while count < total and time.monotonic() < deadline:
            count = self.count(sql)
            progress.update(task, completed=count)
            time.sleep(POLL_S)

    def check(self, name: str, holds: bool) -> bool:
        """Show it, and pass it on."""
        self.console.print(f"{'[green]ok[/green]  ' if holds else '[red]FAIL[/red]'} {name}")
        return holds


def _review(review: SampleReview, source: str) -> Outgoing:
    document = {
        "review_id": review.review_id,
        "text": review.text,
        "product_id": review.product_id,
        "author_id": review.author_id,
        "source": source,
    }
    return Outgoing(REVIEWS_RAW.name, review.review_id.encode(), orjson.dumps(document))


def _feedback(review: SampleReview, lie: bool) -> Outgoing:
    document = {
        "feedback_id": f"{'lie' if lie else 'label'}-{review.review_id}",
        "review_id": review.review_id,
        "label": OPPOSITE[review.label] if lie else review.label,
        "source": "labeler",
    }
    return Outgoing(FEEDBACK.name, review.review_id.encode(), orjson.dumps(document))
