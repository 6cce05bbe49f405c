"""One server of each kind for a test session; where it cannot run, the tests that ask for it are
skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.artifact import artifact
from tests.servers import clickhouse_debian, clickhouse_local, kafka_apache, prometheus, triton
from tests.servers import kafka_cluster as cluster
from tests.servers.process import Unavailable


@pytest.fixture(scope="session")
def debian_clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The ``clickhouse://`` address of Debian's ClickHouse server."""
    try:
        with clickhouse_debian.running(tmp_path_factory.mktemp("clickhouse")) as url:
            yield url
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``host:port`` of an Apache Kafka broker."""
    try:
        with kafka_apache.running(tmp_path_factory.mktemp("kafka")) as bootstrap:
            yield bootstrap
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def kafka_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cluster.Cluster]:
    """Three Apache Kafka nodes; a test that harms some of them leaves all of them running and in
    sync.
    """
    try:
        with cluster.running(tmp_path_factory.mktemp("cluster")) as kafka:
            yield kafka
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def local_clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The ``http://`` address of the local stack's ClickHouse."""
    with clickhouse_local.running(tmp_path_factory.mktemp("chdb")) as url:
        yield url


@pytest.fixture(scope="session")
def triton_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[triton.Triton]:
    """A Triton server that has the lighter of the shipped models."""
    try:
        with triton.running(
            tmp_path_factory.mktemp("triton"), artifact.load(artifact.LIGHT)
        ) as server:
            yield server
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The ``http://`` address of Prometheus' Alertmanager."""
    try:
        with prometheus.alertmanager(tmp_path_factory.mktemp("alertmanager")) as url:
            yield url
    except Unavailable as reason:
        pytest.skip(str(reason))
