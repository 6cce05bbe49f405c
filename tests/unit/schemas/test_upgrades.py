"""Records written with version 1 of their schema, which kept what drives a decision as JSON in
``evidence``.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import avro_files, wire
from schemas.records import CandidateModel, ModelEvent, RetrainingRequested, Variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OLD = Variant("champion", "m", "old", "models:/m/1", 1.0)
NEW = Variant("challenger", "m", "new", "models:/m/2", 0.1)
TRAINER, PROMOTION = "undertone trainer", "undertone promotion"
EVENT = ModelEvent("e", "en", "traffic", "m", "new", (OLD, NEW), NOW, "because", "{}", PROMOTION)
REQUEST = RetrainingRequested("r", "en", "manual", "m", "old", NOW, "{}", "jane")


def read_back(record: Any) -> Any:
    """The record as it comes from bytes written with the first version of its schema."""
    kind = type(record)
    writer = avro_files.parse(avro_files.versions(kind.__name__)[0])
    names = {field["name"] for field in writer["fields"]}
    body = io.BytesIO()
    fastavro.schemaless_writer(
        body, writer, {name: value for name, value in asdict(record).items() if name in names}
    )
    return wire.decode(kind, body.getvalue(), writer)


def event(
    actor: str, action: Any = "traffic", traffic: Any = (OLD, NEW), **evidence: Any
) -> ModelEvent:
    return replace(
        EVENT, actor=actor, action=action, traffic=traffic, evidence=json.dumps(evidence)
    )


@pytest.mark.parametrize(
    ("written", "stage", "candidate"),
    [
        (event(TRAINER, "registered", (), request_id="r", uri="models:/m/2"), "registered",
        ("new", "models:/m/2")),
        (event(TRAINER, "registered", (), request_id="r"), "registered", ("new", "")),
        (event(TRAINER, "rejected", (), request_id="r"), "rejected", ("new", "")),
        (event(PROMOTION, request_id="r", stage="shadow", champion="old"), "shadow",
        ("new", "models:/m/2")),
        (event(PROMOTION, request_id="r", stage="canary", champion="old"), "canary",
        ("new", "models:/m/2")),
        (event(PROMOTION, "promoted", (replace(NEW, variant="champion"),), request_id="r",
        stage="champion"), "champion",
         ("new", "models:/m/2")),
        (replace(event(PROMOTION, "rolled_back", (OLD,), request_id="r", stage="rolled_back",
        champion="new"),
                 model_version="old"), "rolled_back", ("new", "")),
    ],
)  # fmt: skip
def test_a_step_of_a_trial_gets_its_fields(
    written: ModelEvent, stage: str, candidate: tuple[str, str]
) -> None:
    found = read_back(written)
    assert (found.request_id, found.stage, found.candidate) == (
        "r",
        stage,
        CandidateModel("m", *candidate),
    )
    assert replace(found, request_id="", stage="none", candidate=None) == written


@pytest.mark.parametrize(
    "evidence",
    [{}, {"request_id": "r"}, {"request_id": "r", "stage": "champion", "uri": "models:/m/2"}],
)
def test_what_people_did_is_part_of_no_trial(evidence: dict[str, Any]) -> None:
    found = read_back(event("jane", "registered", **evidence))
    assert (found.request_id, found.stage, found.candidate) == (
        evidence.get("request_id", ""),
        "none",
        None,
    )


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.recursive(
    st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["request_id", "stage", "uri",
    "candidate"]), inner),
).map(json.dumps), st.sampled_from([TRAINER, PROMOTION, "jane"]))  # fmt: skip
def test_whatever_stands_in_the_evidence_reading_it_is_never_an_error(
    evidence: str, actor: str
) -> None:
    for record in (
        replace(EVENT, evidence=evidence, actor=actor),
        replace(REQUEST, evidence=evidence),
    ):
        found = read_back(record)
        assert (found.evidence, type(found)) == (evidence, type(record))


def test_a_request_names_the_candidate_to_be_judged() -> None:
    assert (
        read_back(replace(REQUEST, evidence='{"candidate": "models:/m/7"}')).candidate
        == "models:/m/7"
    )
    assert read_back(REQUEST).candidate == ""


def test_what_is_written_today_is_taken_as_it_is() -> None:
    evidence = json.dumps({"request_id": "r", "stage": "champion", "candidate": "models:/m/7"})
    for record in (replace(EVENT, evidence=evidence), replace(REQUEST, evidence=evidence)):
        body = wire.split(wire.encode(record, 1))[1]
        assert wire.decode(type(record), body, avro_files.current(type(record).__name__)) == record
