"""Runs the demo and judges it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.kafka.publisher import Outgoing, Publisher
from infra.local import stack
from infra.settings import Settings
from infra.warehouse import connect
from infra.warehouse.port import Warehouse
from schemas.topics import FEEDBACK, REVIEWS_RAW
from streams import local_stack
from streams.demo import report
from streams.demo.sample import SampleReview, load

BAD_RECORDS = {
    b"demo-bad-json": b"this is not a review",
    b"demo-bad-empty": b'{"review_id": "demo-bad-empty", "text": " <br/> "}',
}
QUIET = 100
QUIET_PER_S = 10
PATIENCE_S = 240
POLL_S = 0.5


def run_demo(settings: Settings, workers: int) -> bool:
    """True if every review came out exactly once, the bad records are where they belong, and nothing personal got through."""
    console = Console()
    data_dir = settings.local.data_dir / "demo"
    shutil.rmtree(data_dir, ignore_errors=True)
    settings = local_stack.settings_for(settings, data_dir)
    reviews = load()
    with _stack(settings, workers, console), connect(settings.clickhouse) as warehouse:
        publisher = Publisher(settings.kafka)
        burst, quiet = reviews[:-QUIET], reviews[-QUIET:]
        console.print(
            f"\nproducing {len(burst)} reviews and {len(BAD_RECORDS)} bad records at once, then {QUIET} at {QUIET_PER_S}/s"
        )
        began = datetime.now(UTC)
        publisher.publish([_message(review) for review in burst])
        publisher.publish([Outgoing(REVIEWS_RAW.name, key, value) for key, value in BAD_RECORDS.items()])
        with _progress(console) as progress:
            _wait(warehouse, progress, "scored, burst", len(burst))
            quiet_began = datetime.now(UTC)
            for review in quiet:
                publisher.publish([_message(review)])
                time.sleep(1 / QUIET_PER_S)
            _wait(warehouse, progress, "scored, all", len(reviews))
            publisher.publish([_feedback(review) for review in reviews])
            _wait(warehouse, progress, "labels stored", len(reviews), "SELECT count() FROM feedback")
        publisher.close()
        fine = report.show(console, settings, warehouse, reviews, burst_began=began, quiet_began=quiet_began, data_dir=data_dir)
    console.print("\n[green]every review came out[/green]" if fine else "\n[red]not everything came out as it should[/red]")
    return fine


@contextmanager
def _stack(settings: Settings, workers: int, console: Console) -> Iterator[None]:
    data_dir: Path = settings.local.data_dir
    argv = [sys.executable, "-m", "streams", "up", "--workers", str(workers), "--data-dir", str(data_dir)]
    try:
        stack.start_detached(argv, data_dir, on_event=lambda line: console.print(line, style="dim", markup=False))
        yield
    finally:
        console.print("[dim]stopping the stack[/dim]")
        stack.stop_stack(data_dir)


def _message(review: SampleReview) -> Outgoing:
    document = {
        "review_id": review.review_id,
        "text": review.text,
        "product_id": review.product_id,
        "author_id": review.author_id,
    }
    return Outgoing(REVIEWS_RAW.name, review.review_id.encode(), orjson.dumps(document | {"source": "demo"}))


def _feedback(review: SampleReview) -> Outgoing:
    document = {
        "feedback_id": f"label-{review.review_id}",
        "review_id": review.review_id,
        "label": review.label,
        "source": "labeler",
    }
    return Outgoing(FEEDBACK.name, review.review_id.encode(), orjson.dumps(document))


def _progress(console: Console) -> Progress:
    return Progress(TextColumn("{task.description:14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console)


def _wait(warehouse: Warehouse, progress: Progress, name: str, total: int, sql: str = "SELECT count() FROM reviews") -> None:
    """Until ``sql`` counts ``total``, or patience ends: then the report says what is missing."""
    task = progress.add_task(name, total=total)
    deadline = time.monotonic() + PATIENCE_S
    count = 0
    while count < total and time.monotonic() < deadline:
        count = int(str(warehouse.query(sql)[0][0]))
        progress.update(task, completed=count)
        time.sleep(POLL_S)
