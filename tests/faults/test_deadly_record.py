"""A record that kills the process that works on it is set aside, whichever worker gets it next, and
the others are scored.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson
import pytest

from infra.kafka.admin import Admin
from infra.kafka.reader import read_topic
from infra.local.ports import free_port
from infra.schema_registry import SchemaRegistry
from infra.settings import KafkaSettings, SchemaRegistrySettings
from schemas.topics import CATALOGUE, DEAD_LETTERS, REVIEWS_SCORED
from tests.harness import Stack, wait_for
from tests.servers import local_stack

FAST = {"UNDERTONE_PRIVACY__LEVEL": "patterns"}
DEADLY = "This one is deadly."
# The worker as it is shipped, but for a stage that dies by a signal, as native code does.
WORKER = f"""
import os, signal
from streams import pipeline
clean = pipeline.clean
def deadly(text):
    if text == {DEADLY!r}:
        os.kill(os.getpid(), signal.SIGSEGV)
    return clean(text)
pipeline.clean = deadly
from streams.cli import main
main()
"""
MOST_DEATHS = 5


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A broker and a registry, the topics of one partition; the tests start the workers."""
    with local_stack.running(tmp_path_factory.mktemp("deadly")) as stack:
        stack.env.update(FAST)
        Admin(KafkaSettings(bootstrap_servers=stack.bootstrap, partitions=1)).create_topics(
            CATALOGUE
        )
        yield stack


@contextmanager
def worker(stack: Stack, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that may die at any time; told to stop, and killed, at the end."""
    environment = os.environ | stack.settings() | {"UNDERTONE_METRICS__PORT": str(free_port())}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, "worker"], env=environment, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Topics:
    """What the output topics hold of the reviews of one test."""

    def __init__(self, stack: Stack, registry: SchemaRegistry) -> None:
        self._kafka = KafkaSettings(bootstrap_servers=stack.bootstrap)
        self._find = registry.find

    def scored(self, prefix: str) -> list[str]:
        """Their ids, as often as they were scored."""
        records = read_topic(self._kafka, REVIEWS_SCORED.name, follow=False)
        ids = [REVIEWS_SCORED.decode(record, self._find).review_id for record in records]
        return sorted(review_id for review_id in ids if review_id.startswith(prefix))

    def letters(self, prefix: str) -> list[tuple[str, str]]:
        """(key, reason) of their dead letters."""
        records = read_topic(self._kafka, DEAD_LETTERS.name, follow=False)
        found = [DEAD_LETTERS.decode(record, self._find) for record in records]
        letters = [((letter.key or b"").decode(), letter.reason) for letter in found]
        return sorted(letter for letter in letters if letter[0].startswith(prefix))


def work_until(stack: Stack, log: Path, done: Callable[[], bool]) -> int:
    """Start a worker, and another whenever one dies, until ``done()``; how many died."""
    for deaths in range(MOST_DEATHS):
        with worker(stack, log) as process:
            wait_for("the worker to finish or to die", lambda: process.poll() is not None or done())
            if process.poll() is None:
                return deaths
            assert process.returncode == -signal.SIGSEGV, log.read_text()[-2000:]
    raise AssertionError(f"{MOST_DEATHS} workers died: {log.read_text()[-2000:]}")


def test_the_record_that_kills_its_worker_is_set_aside_and_every_other_is_scored(
    stack: Stack, tmp_path: Path
) -> None:
    prefix, deadly = "review-", 70
    documents = [
        {
            "review_id": f"{prefix}{number:03}",
            "text": DEADLY if number == deadly else "A fine film, well told.",
        }
        for number in range(120)
    ]
    stack.produce(
        "reviews.raw", [(document["review_id"], orjson.dumps(document)) for document in documents]
    )
    poison = documents[deadly]["review_id"]
    good = sorted({document["review_id"] for document in documents} - {poison})
    with closing(SchemaRegistry(SchemaRegistrySettings(url=stack.registry))) as registry:
        topics = Topics(stack, registry)

        def done() -> bool:
            return topics.letters(prefix) != [] and set(topics.scored(prefix)) == set(good)

        deaths = work_until(stack, tmp_path / "worker.log", done)
        assert sorted(set(topics.scored(prefix))) == good
        assert topics.letters(prefix) == [(poison, "worker_crash")]
    assert 2 <= deaths <= 4
