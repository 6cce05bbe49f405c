"""Exchanging models: what is loaded, what is refused, and that the old goes on."""

from __future__ import annotations

import gc
import logging
import weakref
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schemas.errors import EngineUnavailable, ModelIntegrityError, ModelNotFound, TrafficRefused
from schemas.records import ModelEvent, Variant
from streams.router.core.live_models import initial
from streams.router.model_router import ModelRouter
from tests.unit.streams.router.scorers import Opinion, variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def promotion(*traffic: Variant, language: str = "en") -> ModelEvent:
    return ModelEvent("e", language, "promoted", "m", "2", traffic, NOW)


class Shelf:
    """Models by reference, and what was asked of it."""

    def __init__(self, **models: Opinion | Exception) -> None:
        self.models = {f"models/{key.removeprefix('v')}": model for key, model in models.items()}
        self.loaded: list[str] = []

    def __call__(self, reference: str) -> Opinion:
        self.loaded.append(reference)
        found = self.models[reference]
        if isinstance(found, Exception):
            raise found
        return found


def router(shelf: Shelf) -> ModelRouter:
    return ModelRouter(initial([("models/1", Opinion("m", "1"))], unserved=False), shelf)


def test_a_snapshot_taken_before_stays_as_it_was() -> None:
    live = router(Shelf(v2=Opinion("m", "2")))
    before = live()
    assert live.follow("en", promotion(variant("2")))
    assert before.scorer(*before.variants("en")).version == "1"
    assert live().scorer(*live().variants("en")).version == "2"


def test_a_model_is_loaded_once_however_often_it_is_named() -> None:
    shelf = Shelf(v2=Opinion("m", "2", ("en", "de")))
    live = router(shelf)
    live.follow("en", promotion(variant("1"), variant("2", "challenger")))
    live.follow("de", promotion(variant("2"), language="de"))
    live.follow("en", promotion(variant("2"), variant("1", "former", 0.1)))
    assert shelf.loaded == ["models/2"]


def test_an_event_that_changes_nothing_is_no_swap() -> None:
    live = router(Shelf())
    before = live()
    assert not live.follow("en", promotion(*before.variants("en")))
    assert live() is before


def test_a_deleted_event_brings_back_what_is_configured() -> None:
    shelf = Shelf(v1=Opinion("m", "1"), v2=Opinion("m", "2"))
    live = router(shelf)
    live.follow("en", promotion(variant("2")))
    live.follow("en", None)
    assert live().variants("en")[0].model_version == "1"
    assert shelf.loaded == ["models/2", "models/1"]


def test_an_old_model_goes_when_the_last_batch_that_used_it_is_done() -> None:
    live = ModelRouter(
        initial([("models/1", Opinion("m", "1"))], unserved=False), Shelf(v2=Opinion("m", "2"))
    )
    batch = live()
    old = weakref.ref(batch.scorer(*batch.variants("en")))
    live.follow("en", promotion(variant("2")))
    assert old() is not None
    del batch
    gc.collect()
    assert old() is None


@pytest.mark.parametrize(
    ("found", "asked", "reason"),
    [
        (ModelNotFound("there is no model in models/2"), variant("2"), "not_found"),
        (ModelIntegrityError("weights.npz does not match its digest"), variant("2"), "integrity"),
        (RuntimeError("whatever a library does"), variant("2"), "cannot_load"),
        (Opinion("m", "3"), variant("2"), "wrong_model"),
        (Opinion("other", "2"), variant("2"), "wrong_model"),
        (Opinion("m", "2", ("zh",)), variant("2"), "wrong_language"),
        (Opinion("m", "2"), variant("2", weight=-1), "bad_traffic"),
    ],
)
def test_what_cannot_serve_is_refused_with_an_alert_and_the_old_goes_on(
    caplog: pytest.LogCaptureFixture, found: Opinion | Exception, asked: Variant, reason: str
) -> None:
    live = router(Shelf(v2=found))
    before = live()
    with pytest.raises(TrafficRefused) as refused:
        live.follow("en", promotion(asked))
    assert refused.value.reason == reason
    assert live() is before
    [record] = caplog.records
    assert record.levelno >= logging.ERROR
    assert "m 2" in record.getMessage()
    assert reason in record.getMessage()


def test_a_registry_may_call_a_model_otherwise_than_it_calls_itself() -> None:
    kept = Variant("champion", "reviews", "2", "models:/reviews/7", 1.0)
    live = ModelRouter(
        initial([("models/1", Opinion("m", "1"))], unserved=False),
        lambda reference: Opinion("m", "2"),
    )
    assert live.follow("en", promotion(kept))


@pytest.mark.parametrize("shadow", [True, False])
@pytest.mark.parametrize(
    "error",
    [
        ModelIntegrityError("damaged"),
        ModelNotFound("gone"),
        EngineUnavailable("away"),
        RuntimeError("library"),
        None,
    ],
)
def test_a_challenger_that_cannot_be_loaded_gets_no_traffic_and_the_champion_has_its_share(
    error: Exception | None, shadow: bool
) -> None:
    live = router(Shelf(v2=Opinion("m", "2"), v3=error or Opinion("other", "3")))
    champion, challenger = variant("2", weight=0.9), variant("3", "challenger", 0.1, shadow=shadow)
    assert live.follow("en", promotion(champion, challenger))
    assert live().variants("en") == (replace(champion, weight=0.9 if shadow else 1.0),)
    assert isinstance(live.away("en"), EngineUnavailable) == isinstance(error, EngineUnavailable)


def test_a_challenger_that_was_away_gets_its_traffic_once_it_is_there() -> None:
    shelf = Shelf(v2=Opinion("m", "2"), v3=EngineUnavailable("away"))
    live, event = (
        router(shelf),
        promotion(variant("2", weight=0.9), variant("3", "challenger", 0.1)),
    )
    live.follow("en", event)
    assert not live.follow("en", event)
    shelf.models["models/3"] = Opinion("m", "3")
    assert live.follow("en", event)
    assert live().variants("en") == event.traffic
    assert live.away("en") is None
    assert shelf.loaded == ["models/2", "models/3", "models/3", "models/3"]


def test_what_is_missing_is_reported_and_that_nothing_is_any_more() -> None:
    told: list[tuple[str, list[str]]] = []
    shelf = Shelf(v2=Opinion("m", "2"), v3=ModelNotFound("gone"), v4=ModelNotFound("gone"))
    live = ModelRouter(
        initial([("models/1", Opinion("m", "1"))], unserved=False),
        shelf,
        report=lambda language, _, missing: told.append(
            (language, [each.model_version for each in missing])
        ),
    )
    live.follow("en", promotion(variant("2"), variant("3", "challenger")))
    live.follow("en", promotion(variant("2")))
    with pytest.raises(TrafficRefused):
        live.follow("en", promotion(variant("4")))
    assert told == [("en", ["3"]), ("en", []), ("en", ["4"])]


def test_models_of_the_settings_that_come_late_serve_where_no_event_was_followed() -> None:
    live = router(Shelf(v2=Opinion("m", "2", ("de",))))
    live.follow("de", promotion(variant("2"), language="de"))
    late = initial([("late", Opinion("late", "7", ("en", "de", "zh")))], unserved=False)
    live.configure(late)
    assert [live().variants(code)[0].model_version for code in ("en", "de", "zh")] == [
        "7",
        "2",
        "7",
    ]
    assert live().scorer(*live().variants("de")).version == "2"
    live.follow("de", None)
    assert live().variants("de")[0].model_version == "7"


def test_what_is_away_for_now_is_no_refusal() -> None:
    live = router(Shelf(v2=EngineUnavailable("away")))
    with pytest.raises(EngineUnavailable):
        live.follow("en", promotion(variant("2")))
    assert live().variants("en")[0].model_version == "1"


def test_loading_is_announced_and_its_end_whatever_came_of_it() -> None:
    told: list[bool] = []
    live = ModelRouter(
        initial([("models/1", Opinion("m", "1"))], unserved=False),
        Shelf(v2=ModelNotFound("gone")),
        lambda begun: told.append(begun),
    )
    with pytest.raises(TrafficRefused):
        live.follow("en", promotion(variant("2")))
    assert told == [True, False]
