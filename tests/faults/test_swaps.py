"""A worker under load takes new models from ``models.lifecycle``: nothing is lost, and nothing is
scored by what was not live.
"""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby, pairwise
from typing import Any

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from infra.kafka.admin import Admin
from infra.settings import KafkaSettings
from schemas.records import Variant
from schemas.topics import CATALOGUE
from tests.faults.load import expect_stored_once, under_load
from tests.faults.test_faults import FAST
from tests.faults.toys import Toys, announce
from tests.harness import Stack, wait_for
from tests.servers import local_stack

SWAPS = 10
REVIEWS_EACH = 100
"""Scored by a model before the next one is asked for. Raise both for a longer run."""
GERMAN = "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal sehen."
WAITING = 50


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, toys: Toys) -> Iterator[Stack]:
    """A sink, and a worker that is configured with the first toy.

    As it starts, a damaged model has been announced for English, the second toy for all other
    languages, and reviews wait.
    """
    with local_stack.running(tmp_path_factory.mktemp("swaps")) as stack:
        stack.env.update(FAST | {"UNDERTONE_MODELS__URI": toys.one.uri})
        Admin(KafkaSettings(bootstrap_servers=stack.bootstrap)).create_topics(CATALOGUE)
        announce(stack, toys.tampered)
        announce(stack, toys.two, language="*")
        waiting = [
            (f"waiting-{n}", orjson.dumps({"review_id": f"waiting-{n}", "text": GERMAN}))
            for n in range(WAITING)
        ]
        stack.produce("reviews.raw", waiting)
        stack.start("sink")
        stack.start("worker")
        try:
            yield stack
        finally:
            stack.stop()


def metric(stack: Stack, name: str) -> float:
    """The sum of a metric's samples in the worker."""
    [worker] = [process for process in stack.processes if process.name == "worker"]
    port = worker.environment["UNDERTONE_METRICS__PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
        families = text_string_to_metric_families(reply.read().decode())
        return sum(
            sample.value for family in families for sample in family.samples if sample.name == name
        )


def test_a_worker_scores_nothing_before_it_knows_what_was_announced_and_refuses_what_is_damaged(
    stack: Stack, toys: Toys
) -> None:
    scored = (
        "SELECT model_version, count() FROM reviews WHERE language = 'de' GROUP BY model_version"
    )
    wait_for(
        "the reviews that waited", lambda: stack.sql(scored) == [(toys.two.model_version, WAITING)]
    )
    assert alerted(stack, "integrity")


def test_ten_swaps_under_load_lose_nothing_and_no_review_is_scored_by_what_was_not_live(
    stack: Stack, toys: Toys, capsys: pytest.CaptureFixture[str]
) -> None:
    swaps_before = metric(stack, "undertone_model_swaps_total")
    order = [(toys.two, toys.one)[number % 2] for number in range(SWAPS)]
    said: list[datetime] = []
    with under_load(stack, "swap") as load:
        load.see(REVIEWS_EACH)
        for variant in order:
            said.append(announce(stack, variant))
            load.see(REVIEWS_EACH, variant.model_version, said[-1])
    events = load.events()
    expect_stored_once(stack, load)

    # One worker, so scores are in order of time: each model's time is one run, which begins after
    # its event was published.
    runs = [
        (version, [e["scored_at"] for e in run])
        for version, run in groupby(events, key=lambda e: e["model_version"])
    ]
    assert [version for version, _ in runs] == [
        toys.one.model_version,
        *(variant.model_version for variant in order),
    ]
    began = [times[0] for _, times in runs[1:]]
    assert all(start >= moment for start, moment in zip(began, said, strict=True))
    assert {event["variant"] for event in events} == {"champion"}
    assert metric(stack, "undertone_model_swaps_total") - swaps_before == SWAPS
    assert metric(stack, "undertone_model_swap_pause_seconds_count") == SWAPS
    own = metric(stack, "undertone_model_swap_pause_seconds_sum") / SWAPS
    with capsys.disabled():
        sys.stdout.write(
            report(events, said, began)
            + f"by the worker's own clock {own * 1000:.0f} ms a swap on average\n"
        )


def report(events: list[dict[str, Any]], said: list[datetime], began: list[datetime]) -> str:
    """The longest steps between scored slices: while a model was taken in, and otherwise."""
    steps = [
        (after - before, after)
        for before, after in pairwise(sorted({event["scored_at"] for event in events}))
    ]
    swaps = list(zip(said, began, strict=True))
    around = [max(step for step, at in steps if start < at <= end) for start, end in swaps]
    other = [step for step, at in steps if not any(start < at <= end for start, end in swaps)]
    taken = [end - start for start, end in swaps]
    milliseconds = timedelta(milliseconds=1)
    return (
        f"\n{len(events)} reviews, {len(swaps)} swaps: longest pause "
        f"{max(around) / milliseconds:.0f} ms "
        f"(median of swaps {sorted(around)[len(around) // 2] / milliseconds:.0f} ms; without a "
        "swap: "
        f"longest {max(other) / milliseconds:.0f} ms, median "
        f"{sorted(other)[len(other) // 2] / milliseconds:.0f} ms); "
        f"from event to first review by the new model {max(taken) / milliseconds:.0f} ms at most\n"
    )


def test_a_tampered_or_mistaken_model_is_refused_aloud_and_the_old_one_goes_on(
    stack: Stack, toys: Toys
) -> None:
    mistaken = Variant("champion", "toy", "000000000000", toys.two.uri, 1.0)
    refused = metric(stack, "undertone_model_swaps_refused_total")
    with under_load(stack, "refused") as load:
        announce(stack, toys.one)
        load.see(REVIEWS_EACH, toys.one.model_version, datetime.now(UTC))
        for variant, reason, alerts in (
            (toys.tampered, "integrity", 2),
            (mistaken, "wrong_model", 1),
        ):
            announce(stack, variant)
            wait_for("the alert", partial(alerted, stack, reason, alerts))
            load.see(REVIEWS_EACH, since=datetime.now(UTC))
    assert {event["model_version"] for event in load.events()} == {toys.one.model_version}
    assert metric(stack, "undertone_model_swaps_refused_total") == refused + 2
    expect_stored_once(stack, load)


def alerted(stack: Stack, reason: str, times: int = 1) -> bool:
    return sum("CRITICAL" in line and reason in line for line in stack.logs().splitlines()) >= times


def test_a_canary_and_a_shadow(stack: Stack, toys: Toys) -> None:
    canary = Variant("canary", "toy", toys.one.model_version, toys.one.uri, 0.5)
    champion = Variant("champion", "toy", toys.two.model_version, toys.two.uri, 0.5)
    shadow = Variant("shadow", "toy", toys.one.model_version, toys.one.uri, 0.0, shadow=True)
    swapped = metric(stack, "undertone_model_swaps_total")
    announce(stack, canary, champion, shadow)
    wait_for("the swap", lambda: metric(stack, "undertone_model_swaps_total") > swapped)
    with under_load(stack, "split") as load:
        load.see(2 * REVIEWS_EACH)
    expect_stored_once(stack, load)

    versions = {"canary": toys.one.model_version, "champion": toys.two.model_version}
    assert {(event["variant"], event["model_version"]) for event in load.events()} == set(
        versions.items()
    )
    watched = (
        "SELECT uniqExact(review_id) FROM shadow_predictions WHERE startsWith(review_id, 'split-')"
    )
    wait_for("what the shadow said", lambda: stack.sql(watched) == [(load.produced,)])
    both = len({event["review_id"] for event in load.events() if event["variant"] == "canary"})
    [(shared, agreement)] = stack.sql(
        "SELECT shared, agreement FROM ab_results WHERE variant_a = 'canary' AND shadow_b = 1"
    )
    assert (shared, agreement) == (both, 1.0), "the same model twice"
    assert stack.sql("SELECT count() FROM reviews WHERE variant = 'shadow'") == [(0,)]
    [(traffic,)] = stack.sql("SELECT traffic FROM model_events ORDER BY created_at DESC LIMIT 1")
    assert [variant["variant"] for variant in orjson.loads(traffic)] == [
        "canary",
        "champion",
        "shadow",
    ]
