"""The short part of the chaos suite: three brokers, a few hundred reviews, a coordinator killed, a
broker that hangs, poison.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos import verdict, world
from tests.chaos.faults import WORKERS, hang_node, kill_node
from tests.servers.process import Unavailable


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[world.World]:
    """Three brokers and two workers, a sink and a gateway, with reviews flowing through both
    doors."""
    try:
        with world.running(tmp_path_factory.mktemp("chaos"), pace=20) as everything:
            everything.load.start()
            yield everything
            everything.load.stop()
    except Unavailable as reason:
        pytest.skip(str(reason))


def test_a_coordinator_killed_and_a_broker_that_hangs_end_no_process_and_lose_nothing(
    everything: world.World,
) -> None:
    kill_node(everything, lambda w: w.cluster.coordinator(WORKERS))
    everything.transactions()
    hang_node(everything, lambda w: w.cluster.leader("reviews.raw", 0), seconds=12)
    everything.load.stop()
    verdict.settle(everything, patience_s=90)
    assert [check for check in verdict.checks(everything) if not check.holds] == []


def test_poisonous_records_are_scored_or_dead_letters_and_harm_no_other(
    everything: world.World,
) -> None:
    everything.poison()
    everything.transactions()
    verdict.settle(everything, patience_s=90)
    assert everything.ledger.poisons
    assert [check for check in verdict.checks(everything) if not check.holds] == []
