"""The models that a process starts with, where those of the settings are away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.settings import ModelSettings
from models.artifact import artifact
from models.registry.model_registry import cached
from models.registry.references import shipped
from schemas.errors import ModelNotFound
from streams.router.core.live_models import LiveModels, initial
from streams.router.starting_models import Build, stand_ins, start_models
from tests.unit.streams.router.scorers import Opinion

URI = "models:/reviews@champion"
SHIPPED = ",".join(map(shipped, artifact.SHIPPED))


class Away:
    """A registry that is away until it is ``back``; all else is there."""

    def __init__(self) -> None:
        self.back = threading.Event()

    def __call__(self, models: ModelSettings) -> LiveModels:
        if models.uri == URI:
            self.back.wait()
        return initial([(models.uri, Opinion(models.uri, "1"))], unserved=False)


def never(_: LiveModels) -> None:
    pytest.fail("the models of the settings were there in time")


def start(models: ModelSettings, build: Build, late: Callable[[LiveModels], None]) -> LiveModels:
    return start_models(models, build, build, late, threading.Event())


def served(live: LiveModels) -> str:
    return live.variants("en")[0].model_name


def test_models_that_are_there_serve_at_once() -> None:
    registry = Away()
    registry.back.set()
    assert served(start(ModelSettings(uri=URI), registry, never)) == URI


def test_where_the_registry_is_away_the_shipped_models_serve_until_it_is_back() -> None:
    registry, late, came = Away(), list[LiveModels](), threading.Event()

    def take(live: LiveModels) -> None:
        late.append(live)
        came.set()

    live = start(ModelSettings(uri=URI, start_wait_s=0.05), registry, take)
    assert served(live) == SHIPPED
    assert late == []
    registry.back.set()
    assert came.wait(10)
    assert [served(each) for each in late] == [URI]


def test_what_is_wrong_with_the_models_of_the_settings_ends_the_start() -> None:
    def missing(_: ModelSettings) -> LiveModels:
        raise ModelNotFound("no model there")

    with pytest.raises(ModelNotFound):
        start(ModelSettings(uri="nowhere"), missing, never)


def test_an_alias_that_was_fetched_before_stands_for_the_same_version_while_the_registry_is_away(
    tmp_path: Path,
) -> None:
    models = ModelSettings(uri=f"{URI}, shipped:imdb-ngram", cache_dir=tmp_path)
    assert stand_ins(models).uri == SHIPPED
    folder = cached("reviews", 7, models)
    folder.mkdir(parents=True)
    folder.with_name("@champion").write_text("7")
    assert stand_ins(models).uri == f"{folder},{artifact.LIGHT}"
    folder.with_name("@champion").write_text("8")
    assert stand_ins(models).uri == SHIPPED, "a version that is not here"
