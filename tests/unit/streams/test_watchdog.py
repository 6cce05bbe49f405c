"""The watchdog of a worker: it expects progress where reviews wait, and ends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pytest
from confluent_kafka import KafkaError, KafkaException

from infra.health import Health
from schemas.errors import BrokerUnavailable, ConfigurationError
from streams.worker.watchdog import look


def health() -> Health:
    """Not alive as soon as progress is expected."""
    return Health(patience_s=0.0)


async def test_only_lag_of_the_partitions_that_are_assigned_makes_a_worker_expect_progress() -> (
    None
):
    for lag, alive in (
        ({0: 0, 1: 9}, True),
        ({0: 1, 1: 0}, False),
        ({0: 0, 1: 0}, True),
        ({}, True),
    ):
        watched = health()
        await look(partial(dict, lag), lambda: {0}, watched)
        assert watched.alive == alive, lag


@pytest.mark.parametrize(
    "error",
    [
        BrokerUnavailable("away"),
        ConfigurationError("not allowed"),
        TimeoutError(),
        KafkaException(KafkaError(KafkaError.NOT_COORDINATOR)),
        RuntimeError("the consumer is closed"),
        KeyError("reviews.raw"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_no_exception_of_the_watchdog_reaches_the_app(error: Exception) -> None:
    def fails() -> Mapping[int, int]:
        raise error

    await look(fails, lambda: {0}, health())

    def not_assigned() -> set[int]:
        raise error

    await look(lambda: {0: 1}, not_assigned, health())


async def test_a_broker_that_is_away_makes_no_worker_unwell() -> None:
    def away() -> Mapping[int, int]:
        raise BrokerUnavailable("away")

    watched = health()
    watched.expect()
    assert not watched.alive
    await look(away, lambda: {0}, watched)
    assert watched.alive
