"""The local Schema Registry, driven by confluent-kafka's own client."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from infra.local.ports import free_port
from infra.schema_registry import SchemaRegistry
from infra.settings import SchemaRegistrySettings
from schemas import avro_files
from schemas.errors import RegistryUnavailable, SchemaError
from schemas.topics import REVIEWS_RAW
from tests.servers.local_stack import registry
from tests.servers.process import Server

REVIEW = Schema(avro_files.versions("Review")[-1], "AVRO")
WITH_SHOP = json.loads(avro_files.versions("Review")[-1])
WITH_SHOP["fields"].append({"name": "shop", "type": "string", "default": ""})
WITHOUT_DEFAULT = json.loads(avro_files.versions("Review")[-1])
WITHOUT_DEFAULT["fields"].append({"name": "shop", "type": "string"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    port = free_port()
    server = registry(tmp_path_factory.mktemp("registry"), port)
    server.start()
    yield server, f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def client(server: tuple[Server, str]) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": server[1]}) as client:
        yield client


def error_of(status: int, code: int, error: SchemaRegistryError) -> bool:
    return (error.http_status_code, error.error_code) == (status, code)


def test_registering_is_idempotent_and_schemas_share_ids_across_subjects(
    client: SchemaRegistryClient,
) -> None:
    first = client.register_schema("one-value", REVIEW)
    assert (
        client.register_schema("one-value", REVIEW)
        == client.register_schema("two-value", REVIEW)
        == first
    )
    assert client.get_latest_version("one-value").version == 1
    assert {"one-value", "two-value"} <= set(client.get_subjects())


def test_formatting_makes_no_new_version(client: SchemaRegistryClient) -> None:
    client.register_schema("format-value", REVIEW)
    client.register_schema(
        "format-value", Schema(json.dumps(json.loads(REVIEW.schema_str or ""), indent=7), "AVRO")
    )
    assert client.get_versions("format-value") == [1]


def test_the_order_of_attributes_makes_no_new_version(client: SchemaRegistryClient) -> None:
    number = client.register_schema("order-value", REVIEW)
    document = json.loads(REVIEW.schema_str or "")
    turned = Schema(json.dumps(dict(reversed(document.items()))), "AVRO")
    assert client.register_schema("order-value", turned) == number
    assert client.get_versions("order-value") == [1]


def test_what_is_hidden_is_shown_to_who_asks(client: SchemaRegistryClient) -> None:
    client.register_schema("hidden-value", REVIEW)
    client.delete_subject("hidden-value")
    assert "hidden-value" in client.get_subjects(deleted=True)
    assert client.get_versions("hidden-value", deleted=True) == [1]
    assert client.lookup_schema("hidden-value", REVIEW, deleted=True).version == 1


def test_it_is_always_open_for_writing(client: SchemaRegistryClient) -> None:
    assert (
        client.update_global_mode("READWRITE")
        == client.get_global_mode()
        == client.get_mode("any")
        == "READWRITE"
    )
    with pytest.raises(SchemaRegistryError) as caught:
        client.update_mode("any", "READONLY")
    assert error_of(422, 42204, caught.value)


def test_serializers_work_end_to_end(client: SchemaRegistryClient) -> None:
    context = SerializationContext("reviews", MessageField.VALUE)
    document = {"review_id": "r", "text": "t", "created_at": datetime(2026, 1, 2, tzinfo=UTC)}
    value = AvroSerializer(client, REVIEW.schema_str)(document, context)
    decoded = AvroDeserializer(client)(value, context)
    assert decoded == document | {
        "product_id": "",
        "author_id": None,
        "rating": None,
        "language_hint": None,
        "source": None,
    }


def test_what_old_consumers_wrote_must_stay_readable(client: SchemaRegistryClient) -> None:
    client.register_schema("evolving-value", REVIEW)
    assert client.test_compatibility("evolving-value", Schema(json.dumps(WITH_SHOP), "AVRO"))
    assert not client.test_compatibility(
        "evolving-value", Schema(json.dumps(WITHOUT_DEFAULT), "AVRO")
    )
    with pytest.raises(SchemaRegistryError) as caught:
        client.register_schema("evolving-value", Schema(json.dumps(WITHOUT_DEFAULT), "AVRO"))
    assert error_of(409, 409, caught.value)
    client.register_schema("evolving-value", Schema(json.dumps(WITH_SHOP), "AVRO"))
    assert client.get_versions("evolving-value") == [1, 2]


def test_the_level_of_a_subject_decides(client: SchemaRegistryClient) -> None:
    client.register_schema("loose-value", REVIEW)
    client.set_compatibility("loose-value", "NONE")
    assert client.get_compatibility("loose-value") == "NONE"
    client.register_schema("loose-value", Schema('"string"', "AVRO"))
    assert client.get_versions("loose-value") == [1, 2]


def test_a_deleted_subject_is_gone_for_good_only_when_told_twice(
    client: SchemaRegistryClient,
) -> None:
    client.register_schema("gone-value", REVIEW)
    assert client.delete_subject("gone-value") == [1]
    assert "gone-value" not in client.get_subjects()
    assert client.delete_subject("gone-value", permanent=True) == [1]


def test_errors_have_confluents_codes(client: SchemaRegistryClient) -> None:
    calls: list[tuple[int, int, Callable[[], object]]] = [
        (404, 40403, lambda: client.get_schema(4711)),
        (404, 40401, lambda: client.get_latest_version("nowhere")),
        (422, 42201, lambda: client.register_schema("bad-value", Schema("nonsense", "AVRO"))),
        (422, 42201, lambda: client.register_schema("bad-value", Schema("[" * 100_000, "AVRO"))),
        (422, 42203, lambda: client.set_compatibility("bad-value", "SOMEHOW")),
    ]
    for status, code, call in calls:
        with pytest.raises(SchemaRegistryError) as caught:
            call()
        assert error_of(status, code, caught.value)


def test_a_kill_loses_nothing(server: tuple[Server, str], client: SchemaRegistryClient) -> None:
    number = client.register_schema("kept-value", REVIEW)
    server[0].stop(signal.SIGKILL)
    server[0].start()
    with SchemaRegistryClient({"url": server[1]}) as fresh:
        assert fresh.get_latest_version("kept-value").schema_id == number


def test_the_adapter_registers_finds_and_tells_away_from_unknown(
    server: tuple[Server, str],
) -> None:
    adapter = SchemaRegistry(SchemaRegistrySettings(url=server[1]))
    number = adapter.register(REVIEWS_RAW)
    found = adapter.find(number, REVIEWS_RAW.name)
    assert found is not None
    assert found["name"] == "undertone.v1.Review"
    assert adapter.find(4711, REVIEWS_RAW.name) is None
    server[0].stop()
    try:
        assert adapter.find(number, REVIEWS_RAW.name) is not None, "known without asking"
        with pytest.raises(RegistryUnavailable):
            adapter.find(4712, REVIEWS_RAW.name)
        with pytest.raises(RegistryUnavailable):
            adapter.register(REVIEWS_RAW)
    finally:
        server[0].start()
        adapter.close()


def test_a_schema_is_found_for_the_topics_of_its_subjects_alone(
    server: tuple[Server, str], client: SchemaRegistryClient
) -> None:
    shared = client.register_schema("reviews.shared-value", REVIEW)
    other = client.register_schema("elsewhere-value", Schema(json.dumps(WITH_SHOP), "AVRO"))
    with closing(SchemaRegistry(SchemaRegistrySettings(url=server[1]))) as adapter:
        assert adapter.find(shared, "reviews.shared") is not None
        assert adapter.find(other, "reviews.shared") is None
        assert adapter.find(other, "elsewhere") is not None
        client.delete_subject("reviews.shared-value")
    with closing(SchemaRegistry(SchemaRegistrySettings(url=server[1]))) as adapter:
        assert adapter.find(shared, "reviews.shared") is not None, (
            "what was written before the subject was deleted"
        )


def test_other_strategies_for_naming_subjects_are_a_setting(
    server: tuple[Server, str], client: SchemaRegistryClient
) -> None:
    by_record = client.register_schema(
        "undertone.v1.Review", Schema(json.dumps(WITH_SHOP | {"doc": "by record"}), "AVRO")
    )
    by_both = client.register_schema(
        "t-undertone.v1.Review", Schema(json.dumps(WITH_SHOP | {"doc": "by both"}), "AVRO")
    )
    found = {}
    for strategy in ("topic", "record", "topic_record"):
        settings = SchemaRegistrySettings(url=server[1], subject_strategies=(strategy,))
        with closing(SchemaRegistry(settings)) as adapter:
            found[strategy] = [
                adapter.find(number, "t") is not None for number in (by_record, by_both)
            ]
    assert found == {
        "topic": [False, False],
        "record": [True, False],
        "topic_record": [False, True],
    }


def test_a_schema_whose_records_could_freeze_a_process_is_refused_for_every_record(
    server: tuple[Server, str], client: SchemaRegistryClient
) -> None:
    nulls = {"name": "x", "type": {"type": "array", "items": "null"}, "default": []}
    hostile = json.dumps(WITH_SHOP | {"fields": [nulls, *WITH_SHOP["fields"]]})
    number = client.register_schema("hostile-value", Schema(hostile, "AVRO"))
    with closing(SchemaRegistry(SchemaRegistrySettings(url=server[1]))) as adapter:
        for _ in range(2):
            with pytest.raises(SchemaError, match="take no bytes"):
                adapter.find(number, "hostile")


def test_an_incompatible_schema_in_the_registry_is_an_error_of_ours(
    server: tuple[Server, str], client: SchemaRegistryClient
) -> None:
    client.delete_subject(REVIEWS_RAW.subject)
    client.register_schema(
        REVIEWS_RAW.subject, Schema('{"type": "record", "name": "Other", "fields": []}', "AVRO")
    )
    adapter = SchemaRegistry(SchemaRegistrySettings(url=server[1]))
    with pytest.raises(SchemaError, match=r"reviews\.raw"):
        adapter.register(REVIEWS_RAW)
    adapter.close()
