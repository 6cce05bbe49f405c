"""Demo, second act: tweets after movie reviews. The loop detects drift, then trains, tries and
promotes a better model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.table import Table
from sklearn.metrics import balanced_accuracy_score

from streams.demo.loop import Story, drift
from streams.demo.sample import SampleReview
from streams.demo.stage import PATIENCE_S, POLL_S, Stage

SOURCE = "tweets"
AHEAD, AT_ONCE = 1000, 50
"""How many tweets may wait for the workers."""
FLOOD, TRICKLE, STREAM = 150, 15, 50
"""Tweets a second, at most: until drift is noticed, while a model is being trained on these two
cores, and while it is tried.
"""
TORRENT = 4500
"""So many tweets come as a flood, then they trickle: some must be left for the trial, however long
drift takes to be noticed.
"""
GAIN = 0.15
UNSEEN = 1500
"""Tweets that come when all is over, whose labels nobody has learnt from."""
SCORED = f"SELECT uniqExact(review_id) FROM predictions WHERE source = '{SOURCE}'"
SAID = (
    f"SELECT review_id, sentiment, model_version FROM reviews WHERE source = '{SOURCE}' AND "
    "variant != 'challenger' AND evidence"
)


@dataclass(slots=True)
class Feed:
    """Tweets with their labels, as fast as the workers keep up."""

    stage: Stage
    tweets: Sequence[SampleReview]
    sent: int = 0

    def until(self, name: str, per_s: int, done: Callable[[], bool]) -> bool:
        """Produce until ``done``; False where patience ended first. Where the tweets did, go on
        waiting.
        """
        began, before = time.monotonic(), self.sent
        with self.stage.console.status(name) as status:
            while not (fine := done()) and (passed := time.monotonic() - began) < PATIENCE_S:
                self.more(before + int(min(per_s * passed, TORRENT + TRICKLE * passed)) + AT_ONCE)
                status.update(f"{name} ({self.sent} tweets so far)")
                time.sleep(POLL_S)
        return fine

    def more(self, most: int) -> None:
        """Send tweets while there is room, up to the tweet ``most``."""
        room = min(AHEAD + self.stage.count(SCORED), most, len(self.tweets))
        for start in range(self.sent, room - room % AT_ONCE, AT_ONCE):
            batch = self.tweets[start : start + AT_ONCE]
            self.stage.review(batch, SOURCE)
            self.stage.feedback(batch)
            self.sent = start + AT_ONCE


def play(stage: Stage, tweets: Sequence[SampleReview]) -> bool:
    """True if drift was found, and a model promoted that is 15 points better on tweets and as good
    on reviews of movies.
    """
    began = datetime.now(UTC)
    stage.console.print(
        "\n[bold]Act two.[/bold] Now tweets about airlines and cars arrive, and people say "
        "what "
        "they meant."
    )
    feed, story = Feed(stage, tweets[:-UNSEEN]), Story(stage, began)
    noticed = feed.until("waiting for drift to be noticed", FLOOD, lambda: bool(drift(stage)))
    for event in drift(stage)[:3]:
        found = f"{event.detector} is {event.effect:.3g}, the limit is {event.threshold:.3g}"
        stage.say(event.created_at, "drift", f"({event.kind}) in {event.segment}: {found}")
    old = drift(stage)[0].model_version if noticed else ""

    def came_to(*stages: str) -> Callable[[], bool]:
        return lambda: any(step.what in {*stages, "rejected"} for step in story())

    trained = noticed and feed.until("waiting for a better model", TRICKLE, came_to("shadow"))
    tried = trained and feed.until("trying it", STREAM, came_to("champion"))
    champion = {step.what: step for step in story()}.get("champion")
    if not (tried and champion):
        return stage.check("drift was noticed and a better model promoted", False)
    last = tweets[-UNSEEN:]
    stage.review(last, SOURCE)
    stage.wait(
        "scoring tweets that nobody has learnt from",
        lambda: stage.count(SCORED) >= 0.98 * (feed.sent + UNSEEN),
    )
    stage.wait("watching the new champion", came_to("settled", "rolled_back"))
    before, after = (_balanced(stage, tweets, version) for version in (old, champion.version))
    table = Table("", "before", "after", title="Balanced accuracy", title_justify="left")
    table.add_row("tweets", f"{before:.1%}", f"{after:.1%}")
    stage.console.print(table)
    gained = after - before
    checks = [
        stage.check("drift was noticed, and a better model promoted", noticed),
        stage.check(
            f"balanced accuracy on tweets rose by {100 * gained:.1f} points, "
            f"{100 * GAIN:.0f} at least",
            gained >= GAIN,
        ),
        stage.check("the better model stays", any(step.what == "settled" for step in story())),
    ]
    return all(checks)


def _balanced(stage: Stage, tweets: Sequence[SampleReview], version: str) -> float:
    """Of what a version said of tweets that it has not learnt from: the last, where it was there by
    then.
    """
    labels = {tweet.review_id: tweet.label for tweet in tweets}
    said = {
        str(review): str(sentiment)
        for review, sentiment, by in stage.warehouse.query(SAID)
        if by == version
    }
    unseen = [tweet.review_id for tweet in tweets[-UNSEEN:] if tweet.review_id in said] or list(
        said
    )
    return float(
        balanced_accuracy_score(
            [labels[review] for review in unseen], [said[review] for review in unseen]
        )
    )
