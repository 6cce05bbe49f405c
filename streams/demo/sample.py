"""Demo sample: reviews of films with personal data injected into every tenth, and tweets as another
domain. ``bench.demo_data`` writes both.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

FILE, TWEETS = (Path(__file__).with_name(name) for name in ("sample.csv.gz", "tweets.csv.gz"))


@dataclass(frozen=True, slots=True)
class SampleReview:
    """A review of the sample; ``planted`` is the personal data written into it, empty if none."""

    review_id: str
    text: str
    label: str
    product_id: str
    author_id: str
    planted: str


def load(file: Path = FILE) -> list[SampleReview]:
    """A shipped sample."""
    with gzip.open(file, "rt", encoding="utf8", newline="") as rows:
        return [SampleReview(**row) for row in csv.DictReader(rows)]
