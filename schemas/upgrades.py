"""Upgrades of records of older schemas: JSON in ``evidence`` of version 1 becomes fields of version
2.

Nothing else reads what drives a decision out of ``evidence``. In ClickHouse the defaults of the
columns, in the migration that added them, say the same of rows that were stored before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar, cast, get_args

from schemas.records import CandidateModel, ModelEvent, RetrainingRequested, TrialStage

TRAINER_V1: Final = "undertone trainer"
LOOP_V1: Final = (TRAINER_V1, "undertone promotion")
"""Who wrote the events of trials, and nobody else did: in version 1 that told a step of a trial
from what people do.
"""
R = TypeVar("R")


def upgraded(record: R, writer: Mapping[str, Any]) -> R:
    """The record as the newest schema has it; ``writer``: the schema it was written with. Never an
    error, whatever it holds.
    """
    if isinstance(record, ModelEvent) and not _has(writer, "request_id"):
        return cast("R", _model_event(record))
    if isinstance(record, RetrainingRequested) and not _has(writer, "candidate"):
        return cast("R", replace(record, candidate=_text(_evidence(record), "candidate")))
    return record


def _has(writer: Mapping[str, Any], name: str) -> bool:
    return any(field["name"] == name for field in writer["fields"])


def _model_event(event: ModelEvent) -> ModelEvent:
    evidence = _evidence(event)
    request_id = _text(evidence, "request_id")
    if event.actor not in LOOP_V1 or not request_id:
        return replace(event, request_id=request_id)
    stage = _text(evidence, "stage") or event.action
    if stage not in get_args(TrialStage):
        return replace(event, request_id=request_id)
    return replace(
        event,
        request_id=request_id,
        stage=cast("TrialStage", stage),
        candidate=_candidate(event, stage, evidence),
    )


def _candidate(event: ModelEvent, stage: str, evidence: Mapping[str, Any]) -> CandidateModel:
    if stage == "rolled_back":  # the event is about the one that serves again
        return CandidateModel(event.model_name, _text(evidence, "champion"), "")
    variants = (
        variant.uri for variant in event.traffic if variant.model_version == event.model_version
    )
    uri = _text(evidence, "uri") or next(variants, "")
    return CandidateModel(event.model_name, event.model_version, uri)


def _text(evidence: Mapping[str, Any], name: str) -> str:
    found = evidence.get(name)
    return found if isinstance(found, str) else ""


def _evidence(record: ModelEvent | RetrainingRequested) -> Mapping[str, Any]:
    """Empty where somebody wrote something else there."""
    try:
        evidence = json.loads(record.evidence)
    except (ValueError, RecursionError):
        return {}
    return evidence if isinstance(evidence, dict) else {}
