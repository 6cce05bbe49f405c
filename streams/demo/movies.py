"""Demo, first act: movie reviews, in a burst and then at a quiet pace, and feedback on them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from infra.kafka.publisher import Outgoing
from schemas.topics import REVIEWS_RAW
from streams.demo import report
from streams.demo.sample import SampleReview
from streams.demo.stage import Stage

BAD_RECORDS = {
    b"demo-bad-json": b"this is not a review",
    b"demo-bad-empty": b'{"review_id": "demo-bad-empty", "text": " <br/> "}',
}
SOURCE = "demo"
QUIET = 100
QUIET_PER_S = 10
SCORED, LABELS = "SELECT count() FROM reviews", "SELECT count() FROM feedback"


def play(stage: Stage, reviews: Sequence[SampleReview]) -> bool:
    """True if every review came out exactly once, the bad records are where they belong, and
    nothing personal got through.
    """
    burst, quiet = reviews[:-QUIET], reviews[-QUIET:]
    stage.console.print(
        f"\nproducing {len(burst)} reviews and {len(BAD_RECORDS)} bad records at once, then "
        f"{QUIET} at {QUIET_PER_S}/s"
    )
    began = datetime.now(UTC)
    stage.review(burst, SOURCE)
    stage.publisher.publish(
        [Outgoing(REVIEWS_RAW.name, key, value) for key, value in BAD_RECORDS.items()]
    )
    with stage.progress() as progress:
        stage.wait_for_count(progress, "scored, burst", len(burst), SCORED)
        quiet_began = datetime.now(UTC)
        for review in quiet:
            stage.review([review], SOURCE)
            time.sleep(1 / QUIET_PER_S)
        stage.wait_for_count(progress, "scored, all", len(reviews), SCORED)
        stage.feedback(reviews)
        stage.wait_for_count(progress, "labels stored", len(reviews), LABELS)
    return report.show(stage, reviews, burst_began=began, quiet_began=quiet_began)
