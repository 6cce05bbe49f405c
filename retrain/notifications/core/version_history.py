"""History of a model version as lines of text. Pure: rows of ClickHouse in, lines out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.rollout.traffic import CHALLENGER
from schemas.errors import InputError

COLUMNS = (
    "created_at", "language", "action", "model_name", "model_version", "traffic", "reason",
    "evidence", "actor",
    "request_id", "stage",
)  # fmt: skip
REQUEST_COLUMNS = (
    "request_id",
    "created_at",
    "language",
    "reason",
    "actor",
    "model_version",
    "evidence",
)


@dataclass(frozen=True, slots=True)
class Line:
    """``what`` in a word or two, ``why`` in a sentence."""

    at: datetime
    what: str
    why: str
    actor: str


def story(
    events: Sequence[Mapping[str, Any]], requests: Sequence[Mapping[str, Any]], version: str | None
) -> list[Line]:
    """The steps of a version in order, with the request that led to it; of all versions where none
    is named.

    Raises ``InputError`` where nothing is known of the version.
    """
    mine = list(events) if version is None else _concerning(events, version)
    known = {request["request_id"]: request for request in requests}
    asked = dict.fromkeys(
        event["request_id"] for event in mine if version in (None, event["model_version"])
    )
    lines = [_request(known[request_id]) for request_id in asked if request_id in known]
    if version is None:
        lines = [_request(request) for request in requests]
    lines += [
        Line(event["created_at"], _what(event, version), str(event["reason"]), event["actor"])
        for event in mine
    ]
    if not lines:
        raise InputError(
            f"nothing is known of version {version}" if version else "nothing has happened yet"
        )
    return sorted(lines, key=lambda line: line.at)


def figures(events: Sequence[Mapping[str, Any]], version: str) -> list[tuple[str, str]]:
    """Figures of the trainer about a version: name and value; none where it did not train it."""
    for event in events:
        evidence = _evidence(event)
        for candidate in evidence.get("candidates", ()):
            if candidate.get("version") == version:
                counts = ", ".join(
                    f"{count} {name}" for name, count in evidence["examples"].items()
                )
                found = [
                    ("made as", candidate["kind"]),
                    ("made in", f"{candidate['seconds']:.1f} s"),
                    ("from", counts),
                ]
                found.append(("data set", evidence["dataset_sha256"]))
                found.append(
                    (
                        "labels estimated wrong",
                        f"{100 * evidence['noise']:.0f}%, {evidence['left_out']} left out",
                    )
                )
                found.append(("feedback", _side(candidate["recent"])))
                golden = candidate["golden"]
                # An event of an older release has one side for all of the golden set.
                parts = {"": golden} if "reviews" in golden else golden
                return found + [
                    (f"golden set {name}".strip(), _side(part)) for name, part in parts.items()
                ]
    return []


def _side(side: Mapping[str, Any]) -> str:
    low, high = side["balanced_gain_interval"]["low"], side["balanced_gain_interval"]["high"]
    balanced = (
        f"balanced accuracy {side['champion_balanced']:.4f} → "
        f"{side['candidate_balanced']:.4f} [{low:+.4f}, {high:+.4f}]"
    )
    return (
        f"{side['reviews']} reviews, accuracy {side['champion']:.4f} → {side['candidate']:.4f}, "
        f"{balanced}"
    )


def _request(request: Mapping[str, Any]) -> Line:
    why = _reasons(_evidence(request)) or f"for something better than {request['model_version']}"
    return Line(request["created_at"], f"asked for ({request['reason']})", why, request["actor"])


def _reasons(evidence: Mapping[str, Any]) -> str:
    drift = evidence.get("drift", ())
    told = [
        (
            f"{each.get('detector')} in {each.get('segment') or 'all reviews'}: "
            f"{each.get('effect', 0):.3g}"
        )
        for each in drift
    ]
    return "; ".join(
        [*told, *filter(None, [str(evidence.get("reason", "")), str(evidence.get("schedule", ""))])]
    )


def _what(event: Mapping[str, Any], version: str | None) -> str:
    stage = event["action"] if event["stage"] == "none" else event["stage"]
    if stage == "canary":
        share = max(
            (
                each["weight"]
                for each in json.loads(event["traffic"])
                if each["variant"] == CHALLENGER
            ),
            default=0.0,
        )
        stage = f"canary, {100 * share:g}%"
    return (
        str(stage)
        if version in {None, event["model_version"]}
        else f"{stage}: {event['model_version']}"
    )


def _concerning(events: Sequence[Mapping[str, Any]], version: str) -> list[Mapping[str, Any]]:
    """Its own steps, and those of others that changed what it does in the traffic of a language."""
    found, roles = [], dict[str, set[str]]()
    for event in events:
        traffic = json.loads(event["traffic"])
        before = roles.get(event["language"], set())
        after = (
            {each["variant"] for each in traffic if each["model_version"] == version}
            if traffic
            else before
        )
        roles[event["language"]] = after
        if event["model_version"] == version or after != before:
            found.append(event)
    return found


def _evidence(row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        evidence = json.loads(row["evidence"])
    except ValueError:
        return {}
    return evidence if isinstance(evidence, dict) else {}
