"""The story of a version, as lines: its own steps, and what others did to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retrain.notifications.core.version_history import figures, story
from schemas.errors import InputError

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SIDE = {
    "reviews": 100, "champion": 0.6, "candidate": 0.8, "champion_balanced": 0.55,
    "candidate_balanced": 0.79,
    "balanced_gain_interval": {"low": 0.1, "high": 0.3},
}  # fmt: skip
FOUND = {
    "dataset_sha256": "abc", "examples": {"user": 850, "held_out": 150}, "noise": 0.03,
    "left_out": 0,
    "candidates": [{"kind": "adapter", "version": "bbb", "seconds": 2.5, "recent": SIDE,
    "golden": {"en film": SIDE}}],
}  # fmt: skip


def event(
    hour: int,
    action: str,
    version: str,
    traffic: Mapping[str, str],
    request_id: str = "",
    stage: str = "none",
    **evidence: object,
) -> dict[str, Any]:
    told = [
        {"variant": variant, "model_version": which, "weight": 0.25}
        for variant, which in traffic.items()
    ]
    return {
        "created_at": BEGAN + timedelta(hours=hour), "language": "en", "action": action,
        "model_name": "m",
        "model_version": version, "traffic": json.dumps(told), "reason": f"because {hour}",
        "evidence": json.dumps(evidence),
        "actor": "somebody", "request_id": request_id, "stage": stage,
    }  # fmt: skip


REQUEST = {
    "request_id": "q", "created_at": BEGAN, "language": "en", "reason": "drift", "actor": "policy",
    "model_version": "aaa",
    "evidence": json.dumps({"drift": [{"detector": "psi", "segment": "", "effect": 0.31}]}),
}  # fmt: skip
EVENTS = [
    event(1, "registered", "bbb", {}, "q", "registered", **FOUND),
    event(2, "traffic", "bbb", {"champion": "aaa", "challenger": "bbb"}, "q", "shadow"),
    event(3, "traffic", "bbb", {"champion": "aaa", "challenger": "bbb"}, "q", "canary"),
    event(4, "promoted", "bbb", {"champion": "bbb", "previous": "aaa"}, "q", "champion"),
    event(5, "rejected", "ccc", {"champion": "bbb", "previous": "aaa"}),
    event(6, "promoted", "ddd", {"champion": "ddd"}),
]


def test_a_version_s_story_is_its_steps_the_request_and_its_end() -> None:
    assert [line.what for line in story(EVENTS, [REQUEST], "bbb")] == [
        "asked for (drift)", "registered", "shadow", "canary, 25%", "champion", "promoted: ddd",
    ]  # fmt: skip
    assert story(EVENTS, [REQUEST], "bbb")[0].why == "psi in all reviews: 0.31"


def test_the_story_of_the_one_before_says_who_replaced_it_and_not_what_was_tried_beside_it() -> (
    None
):
    assert [line.what for line in story(EVENTS, [REQUEST], "aaa")] == [
        "shadow: bbb",
        "champion: bbb",
        "promoted: ddd",
    ]


def test_without_a_version_everything_is_told_in_order() -> None:
    lines = story(EVENTS, [REQUEST], None)
    assert len(lines) == 7
    assert lines == sorted(lines, key=lambda line: line.at)


def test_what_the_trainer_found_is_told_of_what_it_made() -> None:
    told = dict(figures(EVENTS, "bbb"))
    assert told["made as"] == "adapter"
    assert told["feedback"] == (
        "100 reviews, accuracy 0.6000 → 0.8000, balanced accuracy 0.5500 → 0.7900 [+0.1000, "
        "+0.3000]"
    )
    assert told["golden set en film"] == told["feedback"]
    assert figures(EVENTS, "aaa") == []


def test_an_older_trainer_s_figures_of_the_whole_golden_set_are_told_too() -> None:
    made = {"kind": "adapter", "version": "bbb", "seconds": 2.5, "recent": SIDE, "golden": SIDE}
    older = json.dumps({**FOUND, "candidates": [made]})
    told = dict(figures([event(1, "registered", "bbb", {}) | {"evidence": older}], "bbb"))
    assert told["golden set"] == told["feedback"]


@pytest.mark.parametrize("version", ["zzz", None])
def test_nothing_known_is_said(version: str | None) -> None:
    with pytest.raises(InputError, match="zzz" if version else "nothing has happened"):
        story([], [], version)
