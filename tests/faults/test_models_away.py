"""A worker starts while the model registry is away and challengers cannot be loaded: champions
score everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from infra.kafka.admin import Admin
from infra.local.ports import free_port
from infra.settings import KafkaSettings
from schemas.records import Variant
from schemas.topics import ALERTS, CATALOGUE
from tests.faults.load import TEXTS
from tests.faults.test_faults import FAST
from tests.faults.toys import Toys, announce
from tests.harness import Stack, wait_for
from tests.servers import local_stack

EACH = 40
FINNISH = (
    "Elokuva oli todella hyvä ja näyttelijät erinomaisia, suosittelen sitä kaikille ystäville."
)
"""In a language that no shipped model declares."""
CHINESE = "这部电影非常精彩,演员的表演令人难忘,我强烈推荐给大家。"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, toys: Toys) -> Iterator[Stack]:
    """A sink and a worker whose settings name a model in a registry that does not answer.

    What was announced, language by language: for English a model that is whole, and then one that
    is damaged; for all others a champion beside a canary that is nowhere and a shadow that is in
    the registry.
    """
    folder = tmp_path_factory.mktemp("away")
    with local_stack.running(folder) as stack:
        stack.env.update(FAST)
        stack.env.update(
            {
                "UNDERTONE_MODELS__URI": "models:/reviews@champion",
                "UNDERTONE_MODELS__TRACKING_URI": f"http://127.0.0.1:{free_port()}",
                "UNDERTONE_MODELS__CACHE_DIR": str(folder / "cache"),
                "UNDERTONE_MODELS__START_WAIT_S": "3",
            }
        )
        Admin(KafkaSettings(bootstrap_servers=stack.bootstrap)).create_topics(CATALOGUE)
        two = toys.two
        announce(stack, toys.one)
        announce(stack, toys.tampered)
        canary = Variant("canary", "toy", "0123456789ab", str(Path(folder) / "nowhere"), 0.9)
        shadow = Variant("shadow", "reviews", "ba9876543210", "models:/reviews/3", 0.0, shadow=True)
        champion = Variant("champion", "toy", two.model_version, two.uri, 0.1)
        announce(stack, champion, canary, shadow, language="*")
        texts = {"en": TEXTS[0], "fi": FINNISH, "zh": CHINESE}
        reviews = (
            (f"{code}-{n}", text.replace("{n}", str(n)))
            for code, text in texts.items()
            for n in range(EACH)
        )
        stack.produce(
            "reviews.raw",
            [(key, orjson.dumps({"review_id": key, "text": text})) for key, text in reviews],
        )
        stack.start("sink")
        stack.start("worker")
        try:
            yield stack
        finally:
            stack.stop()


def scored(stack: Stack, prefix: str) -> list[tuple[object, ...]]:
    return stack.sql(
        "SELECT variant, model_name, model_version, count() FROM reviews "
        f"WHERE startsWith(review_id, '{prefix}-') GROUP BY variant, model_name, model_version"
    )


def test_the_champion_has_the_share_of_a_challenger_that_cannot_be_loaded(
    stack: Stack, toys: Toys
) -> None:
    wait_for(
        "all of them",
        lambda: scored(stack, "fi") == [("champion", "toy", toys.two.model_version, EACH)],
    )


def test_the_last_champion_that_is_whole_serves_where_the_one_after_it_is_damaged(
    stack: Stack, toys: Toys
) -> None:
    wait_for(
        "all of them",
        lambda: scored(stack, "en") == [("champion", "toy", toys.one.model_version, EACH)],
    )


def test_the_shipped_models_serve_where_nothing_was_announced_and_the_registry_is_away(
    stack: Stack,
) -> None:
    wait_for("all of them", lambda: sum(int(str(row[-1])) for row in scored(stack, "zh")) == EACH)
    assert {row[:2] for row in scored(stack, "zh")} == {("champion", "judge")}


def test_people_are_told_of_what_cannot_be_loaded_and_nothing_was_dead_lettered(
    stack: Stack, toys: Toys
) -> None:
    expected = {("en", "champion", "critical"), ("*", "canary", "warning")}
    with stack.consumer(ALERTS.name) as reader:
        reader.until(
            lambda records: len({record["fingerprint"] for record in records}) >= len(expected)
        )
        found = [record for _, record in reader.messages]
    assert {
        (each["labels"]["language"], each["labels"]["variant"], each["severity"]) for each in found
    } == expected
    assert {each["name"] for each in found} == {"model_unloadable"}
    assert stack.sql("SELECT count() FROM dead_letters") == [(0,)]


def test_another_event_is_followed_while_the_registry_is_still_away(
    stack: Stack, toys: Toys
) -> None:
    announce(stack, toys.two)

    def taken() -> bool:
        stack.produce(
            "reviews.raw", [(None, orjson.dumps({"review_id": "later-1", "text": TEXTS[0]}))]
        )
        return any(row[2] == toys.two.model_version for row in scored(stack, "later"))

    wait_for("the new champion", taken)
