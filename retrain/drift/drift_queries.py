"""ClickHouse queries of the detectors. Every query is bounded by time or by number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.warehouse import Warehouse
from models.labels import DOUBT, LABELS, Positions, of_records
from retrain.drift.core.drift_windows import Cut, Span
from retrain.drift.core.samples import NOTHING, Judged, sample
from retrain.drift.core.segments import Reviews
from schemas.records import Sentiment, Variant

CLOCKS_APART = timedelta(days=1)
"""How far a producer's clock may be ahead of ours: a review is not scored much before it is
written.
"""

# One row for each review, as it was scored last by this model; a digest chooses where there are
# more than asked for.
_SCORED = """
SELECT review_id, argMax(p.product_id, p.precedence),
    argMax(ifNull(toString(p.source), ''), p.precedence),
       argMax(p.text_masked, p.precedence), argMax(p.score, p.precedence),
       argMax(p.probabilities, p.precedence), argMax(p.created_at, p.precedence) AS written_at
FROM predictions AS p
WHERE model_name = %(name)s AND model_version = %(version)s AND language = %(language)s
  AND created_at >= %(start)s AND created_at < %(end)s AND scored_at >= %(from)s
GROUP BY review_id
"""
_COUNTS = """
SELECT intDiv(toUnixTimestamp64Milli(created_at), %(step)s) AS slot, uniqExact(review_id)
FROM predictions
WHERE model_name = %(name)s AND model_version = %(version)s AND language = %(language)s
  AND created_at >= %(start)s AND created_at < %(end)s AND scored_at >= %(from)s
GROUP BY slot
"""
# Reviews that were shown to people because they are hard say nothing of how often a model is right,
# nor do neutral ones of a model that has no such answer.
_JUDGED = """
SELECT scored.score, scored.probabilities, toString(scored.sentiment), toString(truth.label)
FROM
(
    SELECT review_id, label, created_at, feedback_id
    FROM latest_feedback
    WHERE created_at >= %(start)s AND created_at < %(end)s
        AND (source = 'user' OR review_id NOT IN (SELECT review_id FROM labelling_requests
      WHERE reason != 'chance'))
) AS truth
INNER JOIN
(
    SELECT review_id, argMax(p.score, p.precedence) AS score,
        argMax(p.probabilities, p.precedence) AS probabilities,
        argMax(p.sentiment, p.precedence) AS sentiment
    FROM predictions AS p
    WHERE model_name = %(name)s AND model_version = %(version)s AND language = %(language)s
        AND review_id IN (SELECT review_id FROM review_feedback WHERE given_at >= %(start)s
        AND given_at < %(end)s)
    GROUP BY review_id
) AS scored ON scored.review_id = truth.review_id
WHERE truth.label != 'neutral' OR notEmpty(scored.probabilities)
"""
_LATEST = "ORDER BY truth.created_at DESC, truth.feedback_id DESC LIMIT %(most)s"
_FIRST = "ORDER BY truth.created_at, truth.feedback_id LIMIT %(most)s"


def of_rows(rows: Sequence[tuple[Any, ...]]) -> Reviews:
    """Rows of id, product, source, masked text, score and probabilities."""
    said = _as_decided([row[4] for row in rows], [row[5] for row in rows])
    scored = sample([row[3] for row in rows], said)
    return Reviews(scored, [row[1] for row in rows], [row[2] for row in rows])


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what one model said of the reviews of one language."""

    warehouse: Warehouse
    model: Variant
    language: str

    def _query(
        self, sql: str, start: datetime, end: datetime, **more: object
    ) -> list[tuple[Any, ...]]:
        parameters = {
            "name": self.model.model_name,
            "version": self.model.model_version,
            "language": self.language,
        }
        times = {"start": start, "end": end, "from": start - CLOCKS_APART}
        return self.warehouse.query(sql, parameters | times | more)

    def counts(self, since: datetime, until: datetime, cut: Cut) -> Mapping[datetime, int]:
        """Start of a window → how many reviews were written in it, of all that begin and end
        between; none left out.
        """
        step = cut.step // timedelta(milliseconds=1)
        slots = dict(self._query(_COUNTS, since, until, step=step))
        starts: dict[datetime, int] = defaultdict(int)
        for number in range(cut.length // cut.step):
            for slot, count in slots.items():
                starts[cut.moment(int(slot) - number)] += int(count)
        return starts

    def reviews(self, span: Span, most: int) -> Reviews:
        """Reviews written in a span, ``most`` at most."""
        rows = self._query(
            _SCORED + "ORDER BY cityHash64(review_id) LIMIT %(most)s",
            span.start,
            span.end,
            most=most,
        )
        return of_rows(rows)

    def first(self, since: datetime, until: datetime, number: int) -> list[tuple[Any, ...]]:
        """The first reviews by time: id, product, source, masked text, score, probabilities, time
        of writing.
        """
        return self._query(
            _SCORED + "ORDER BY written_at, review_id LIMIT %(most)s", since, until, most=number
        )

    def judged(self, span: Span, most: int, *, first: bool = False) -> Judged:
        """Reviews whose feedback came in a span, in the order in which it came: the latest, or the
        first.
        """
        rows = self._query(
            _JUDGED + (_FIRST if first else _LATEST), span.start, span.end, most=most
        )
        if not rows:
            return NOTHING
        columns = zip(*(rows if first else reversed(rows)), strict=True)
        scores, probabilities, said, truth = columns
        return Judged.of(_as_decided(scores, probabilities), _positions(said), _positions(truth))


def _as_decided(
    scores: Sequence[float], probabilities: Sequence[Mapping[Sentiment, float] | None]
) -> npt.NDArray[np.float64]:
    """``of_records``, but ``DOUBT`` where a binary model abstained, which then said neutral: its
    score is exactly 1/2, which no text with evidence has.
    """
    found = of_records(scores, probabilities)
    abstained = [
        not each and score == 0.5 for score, each in zip(scores, probabilities, strict=True)
    ]
    found[np.array(abstained, np.bool_)] = DOUBT
    return found


def _positions(labels: Sequence[Sentiment]) -> Positions:
    return np.array([LABELS.index(label) for label in labels], np.int64)
