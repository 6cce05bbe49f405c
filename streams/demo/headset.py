"""Demo, fourth act: reviews of a headset whose battery gets worse, and the alert that names it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from streams.demo.headset_reviews import TURNS, written
from streams.demo.receiver import Received
from streams.demo.sample import SampleReview
from streams.demo.stage import Stage

PRODUCT: Final = "headset-h2"
SOURCE: Final = "headset"
GOOD: Final = 300
SPOILT: Final = 300
"""Reviews before and after the battery gets worse: within so many the alert must come."""
PER_S, AT_ONCE = 40, 10
PATIENCE_S: Final = 60
ALERT: Final = "product_aspect_turned"
EXAMPLES, ROWS, INDENT = 3, 7, 9
SCORED: Final = f"SELECT uniqExact(review_id) FROM predictions WHERE source = '{SOURCE}'"
JUDGED: Final = """
SELECT
    (SELECT max(cursor_at) FROM aspect_sentiment WHERE product_id = %(product)s)
    >=
    (
        SELECT max(first) FROM
        (
            SELECT min(scored_at) AS first FROM predictions
            WHERE product_id = %(product)s AND aspects NOT IN ('', '[]') GROUP BY review_id
        )
    )
"""
"""Whether the rule has seen all of them: then no further alert comes."""
STORED: Final = """
SELECT count() FROM alert_status WHERE name = %(alert)s AND labels['product_id'] = %(product)s
"""
UNTIL: Final = """
SELECT count() FROM
(
    SELECT min(scored_at) AS first FROM predictions
    WHERE product_id = %(product)s GROUP BY review_id HAVING min(created_at) >= %(turned)s
)
WHERE first <= %(told)s
"""
SAID: Final = f"""
WITH created_at < %(turned)s AS before, sentiment = 'negative' AS bad
SELECT aspect, countIf(before), countIf(before AND bad), countIf(NOT before),
    countIf(NOT before AND bad)
FROM review_aspects
WHERE product_id = %(product)s
GROUP BY aspect
ORDER BY count() DESC, aspect
LIMIT {ROWS}
"""


def play(stage: Stage, received: Received) -> bool:
    """True if one alert came, of the battery and in time, and the console shows it."""
    reviews = written(PRODUCT, GOOD, SPOILT)
    stage.console.print(
        f"\n[bold]Act four.[/bold] {len(reviews)} reviews of a headset in four languages; after "
        f"{GOOD} of them its {TURNS} gets worse, and nothing else."
    )
    stage.review(reviews[:GOOD], SOURCE)
    stage.wait("scoring the first", lambda: stage.count(SCORED) >= GOOD)
    turned = _in_milliseconds(datetime.now(UTC))
    _stream(stage, reviews[GOOD:])
    asked = {"product": PRODUCT, "alert": ALERT}
    stage.wait("scoring the last", lambda: stage.count(SCORED) >= len(reviews))
    stage.wait("waiting for the alert", lambda: bool(_alerts(received)), PATIENCE_S)
    all_judged = stage.wait(
        "waiting for the rule to have seen all", lambda: bool(stage.count(JUDGED, **asked)),
        PATIENCE_S,
    )  # fmt: skip
    _show(stage, turned)
    told = _alerts(received)
    within = _reviews_until(stage, told[0], turned) if told else 0
    for alert in told:
        _quote(stage, alert, within)
    checks = [
        stage.check(
            f"exactly one alert, of the {TURNS}, {within} reviews after it got worse "
            f"({SPOILT} at most)",
            all_judged
            and [alert["labels"]["aspect"] for alert in told] == [TURNS]
            and stage.count(STORED, **asked) == 1
            and 0 < within <= SPOILT,
        ),
        stage.check("it quotes three reviews, masked", bool(told) and _masked(told[0], reviews)),
        stage.check(f"the console shows the {TURNS} and its trend", _on_the_console(stage)),
    ]
    return all(checks)


def _in_milliseconds(at: datetime) -> datetime:
    """As exact as the times of records."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _stream(stage: Stage, reviews: Sequence[SampleReview]) -> None:
    with stage.progress() as progress:
        for start in progress.track(range(0, len(reviews), AT_ONCE), description="reviews"):
            stage.review(reviews[start : start + AT_ONCE], SOURCE)
            time.sleep(AT_ONCE / PER_S)


def _alerts(received: Received) -> list[dict[str, Any]]:
    return [
        alert
        for alert in list(received.alerts.values())
        if alert["name"] == ALERT and alert["labels"]["product_id"] == PRODUCT
    ]


def _reviews_until(stage: Stage, alert: dict[str, Any], turned: datetime) -> int:
    told = datetime.fromisoformat(alert["created_at"])
    return stage.count(UNTIL, product=PRODUCT, turned=turned, told=told)


def _show(stage: Stage, turned: datetime) -> None:
    table = Table(
        "aspect", "reviews before", "negative", "and after", "negative",
        title=f"What reviews of {PRODUCT} are about", title_justify="left",
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = stage.warehouse.query(
        SAID, {"product": PRODUCT, "turned": turned}
    )
    for aspect, before, negative_before, after, negative in rows:
        table.add_row(
            str(aspect), str(before), _share(negative_before, before), str(after),
            _share(negative, after),
        )  # fmt: skip
    stage.console.print(table)


def _share(part: int, of: int) -> str:
    return f"{part / of:.0%}" if of else ""


def _quote(stage: Stage, alert: dict[str, Any], within: int) -> None:
    at = datetime.fromisoformat(alert["created_at"])
    stage.say(at, "alert", f"{alert['summary']}, after {within} reviews")
    for line in alert["description"].splitlines():
        stage.console.print(Padding(Text(line), (0, 0, 0, INDENT)))


def _masked(alert: dict[str, Any], reviews: Sequence[SampleReview]) -> bool:
    quoted = [line for line in alert["description"].splitlines() if line.startswith("“")]
    planted = [review.planted for review in reviews if review.planted]
    return len(quoted) == EXAMPLES and not any(mail in alert["description"] for mail in planted)


def _on_the_console(stage: Stage) -> bool:
    """The figures behind the page, of the last quarter of an hour: the battery is what most
    complain about.
    """
    answer = httpx.get(
        f"http://127.0.0.1:{stage.settings.local.gateway_port}/api/v1/console/state",
        params={"span": "15m", "product_id": PRODUCT},
        timeout=PATIENCE_S,
    )
    rows: list[dict[str, Any]] = answer.raise_for_status().json()["aspects"] or []
    worst = max(rows, key=lambda row: int(row["negative"]), default=None)
    return worst is not None and worst["aspect"] == TURNS and any(worst["negative_trend"])
