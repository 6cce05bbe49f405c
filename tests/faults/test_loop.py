"""The loop on real servers and real traffic: from a detector's report to a champion, alone, and
while it is killed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.closed_loop import CHAMPION, WHOLE_STORY, World, expect_one_promotion, loop_of, world
from tests.harness import wait_for

REVIEWS = 800
KILLS, LONGEST_S = 4, 8.0
"""`python -m bench.kills` takes more of them."""


@pytest.fixture
def new_domain(tmp_path: Path) -> Iterator[World]:
    """A worker whose champion knows nothing of what people write now, as they have told."""
    with world(tmp_path) as new:
        new.people_write(REVIEWS)
        new.wait_until_stored()
        yield new


def test_drift_leads_to_a_champion_that_knows_the_new_domain_and_a_request_in_the_meantime_waits(
    new_domain: World,
) -> None:
    new_domain.start_loop()
    report = new_domain.drift()
    wait_for("a request", lambda: bool(new_domain.requests()))
    [request] = new_domain.requests()
    assert (request.reason, request.model_version, request.language) == (
        "performance",
        CHAMPION,
        "en",
    )
    assert [each["event_id"] for each in json.loads(request.evidence)["drift"]] == [report.event_id]

    with new_domain.traffic():
        wait_for("the challenger", lambda: "shadow" in new_domain.stages(request.request_id))
        asked = new_domain.stack.undertone("retrain", "request", "en", "--reason", "impatience")
        assert asked.returncode == 0, asked.stderr.decode()
        wait_for("the end of the trial", lambda: "settled" in new_domain.stages(request.request_id))
        [second] = [each for each in new_domain.requests() if each.reason == "manual"]
        wait_for("the second answer", lambda: bool(new_domain.about(second.request_id)))
    assert new_domain.stages(request.request_id) == WHOLE_STORY
    events = new_domain.about(request.request_id)
    challenger = events[0].model_version
    [late] = new_domain.about(second.request_id)
    assert late.action == "rejected"
    assert late.created_at > events[-1].created_at

    accuracy = (
        "SELECT model_version, countIf(sentiment = label) / count() FROM judged GROUP BY "
        "model_version"
    )
    by_version = {
        str(version): float(str(share)) for version, share in new_domain.stack.sql(accuracy)
    }
    assert by_version[challenger] > 0.95 > 0.75 > by_version[CHAMPION]
    story = new_domain.stack.undertone("loop", "history", challenger[:6]).stdout.decode()
    words = ("asked for", "registered", "shadow", "canary, 30%", "canary, 60%", "settled")
    told = [story.find(word) for word in words]
    assert told[0] > -1
    assert told == sorted(told)
    assert len(story.splitlines()) < 50, story
    assert loop_of(new_domain.stack).stop() == 0


def test_a_loop_killed_at_random_promotes_once(new_domain: World) -> None:
    new_domain.drift()
    with new_domain.traffic():
        for _ in new_domain.kill_the_loop(KILLS, LONGEST_S):
            pass
        new_domain.start_loop()
        wait_for("the end of the trial", new_domain.settled)
    expect_one_promotion(new_domain)
