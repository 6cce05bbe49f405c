"""The committed Avro schemas."""

from __future__ import annotations

import dataclasses
import json
from itertools import pairwise

import avro.schema
import pytest

from schemas import avro_files, topics
from schemas.compatibility import backward_problems
from schemas.errors import SchemaError

RECORDS = sorted({topic.record for topic in topics.CATALOGUE}, key=lambda kind: kind.__name__)
NAMES = [kind.__name__ for kind in RECORDS]


@pytest.mark.parametrize("name", NAMES)
def test_every_version_parses_under_its_fixed_name(name: str) -> None:
    for text in avro_files.versions(name):
        schema = avro.schema.parse(text)
        assert isinstance(schema, avro.schema.RecordSchema)
        assert schema.fullname == f"undertone.v1.{name}"


@pytest.mark.parametrize("name", NAMES)
def test_each_version_reads_what_the_one_before_wrote(name: str) -> None:
    for older, newer in pairwise(avro_files.versions(name)):
        assert backward_problems(newer, older) == []


@pytest.mark.parametrize("kind", RECORDS)
def test_the_typed_record_has_the_fields_of_its_schema(kind: type) -> None:
    schema = json.loads(avro_files.versions(kind.__name__)[-1])
    assert {field.name for field in dataclasses.fields(kind)} == {
        field["name"] for field in schema["fields"]
    }


def test_removing_a_default_is_seen_as_incompatible() -> None:
    newest = json.loads(avro_files.versions("Review")[-1])
    newest["fields"].append({"name": "shop", "type": "string"})
    assert backward_problems(json.dumps(newest), avro_files.versions("Review")[-1])


def test_a_record_without_schema_is_an_error_that_names_it() -> None:
    with pytest.raises(SchemaError, match="Nonsense"):
        avro_files.versions("Nonsense")


def test_what_is_no_avro_schema_is_an_error() -> None:
    for text in ("", "{", '{"type": "no-such-type"}', "17"):
        with pytest.raises(SchemaError):
            avro_files.parse(text)


def test_topics_are_unique_and_either_expire_or_are_compacted() -> None:
    assert len({topic.name for topic in topics.CATALOGUE}) == len(topics.CATALOGUE)
    assert topics.REVIEWS_RAW.config["retention.ms"] == str(3 * 24 * 3600 * 1000)
    assert topics.MODELS_LIFECYCLE.config["cleanup.policy"] == "compact"
