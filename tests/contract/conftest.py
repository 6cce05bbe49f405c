"""The stream on each broker: Tansu, as in the local stack, and Apache Kafka."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.settings import KafkaSettings
from tests.harness import Stack
from tests.servers import local_stack


@pytest.fixture(scope="module", params=["tansu", "apache"])
def kafka(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KafkaSettings]:
    """A broker; where one suffices, a test takes Apache's alone."""
    if request.param == "apache":
        yield KafkaSettings(bootstrap_servers=request.getfixturevalue("apache_kafka"))
        return
    with local_stack.broker_alone(tmp_path_factory.mktemp("tansu")) as bootstrap:
        yield KafkaSettings(bootstrap_servers=bootstrap)


@pytest.fixture(scope="module", params=["tansu", "apache"])
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """One worker and one sink on servers of their own."""
    folder = tmp_path_factory.mktemp("stack")
    bootstrap = request.getfixturevalue("apache_kafka") if request.param == "apache" else None
    with local_stack.running(folder, bootstrap) as stack:
        stack.start("sink")
        stack.start("worker")
        try:
            yield stack
        finally:
            stack.stop()
