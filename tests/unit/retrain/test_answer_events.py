"""Answers to a request for retraining."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from models.rollout.traffic import as_champion
from retrain.trainer.core.answer_events import (
    ACTOR,
    NONE,
    TrainingAnswer,
    answer_id,
    event,
    refusal,
)
from schemas.records import CandidateModel, ModelEvent, RetrainingRequested, Variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REQUEST = RetrainingRequested("request", "en", "drift", "reviews-en", "aaa", NOW)
TRAFFIC = (as_champion("reviews-en", "aaa", "models:/reviews-en/1"),)
NEW = Variant("challenger", "reviews-en", "bbb", "models:/reviews-en/2", 0.0)


def test_an_answer_names_its_request_and_candidate_and_leaves_the_traffic_as_it_is() -> None:
    answered = TrainingAnswer("registered", NEW, "better", {"gain": 0.02})
    assert event(REQUEST, answered, TRAFFIC, NOW) == ModelEvent(
        answer_id("request"),
        "en",
        "registered",
        "reviews-en",
        "bbb",
        TRAFFIC,
        NOW,
        "better",
        '{"gain": 0.02}',
        ACTOR,
        "request",
        "registered",
        CandidateModel("reviews-en", "bbb", "models:/reviews-en/2"),
    )


def test_a_request_has_one_answer_however_often_it_is_given() -> None:
    first = event(REQUEST, TrainingAnswer("registered", NEW, "better", {}), TRAFFIC, NOW)
    again = event(REQUEST, refusal("reviews-en", "worse"), TRAFFIC, NOW + timedelta(hours=1))
    assert first.event_id == again.event_id == answer_id("request")
    assert len(answer_id("request")) == 32
    assert answer_id("request") != answer_id("another")


def test_a_refusal_tells_why_and_of_a_candidate_only_where_one_was_trained() -> None:
    nothing = event(REQUEST, refusal("reviews-en", "too few labels"), TRAFFIC, NOW)
    assert (nothing.action, nothing.reason, nothing.evidence) == (
        "rejected",
        "too few labels",
        "{}",
    )
    assert (nothing.model_name, nothing.model_version) == ("reviews-en", NONE)
    assert (nothing.stage, nothing.candidate, nothing.traffic) == ("rejected", None, TRAFFIC)
    answered = refusal("reviews-en", "worse", {"gain": -0.1}, "bbb")
    worse = event(REQUEST, answered, TRAFFIC, NOW)
    assert json.loads(worse.evidence) == {"gain": -0.1}
    assert worse.candidate == CandidateModel("reviews-en", "bbb", "")
