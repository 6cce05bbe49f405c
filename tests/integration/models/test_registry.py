"""The registry, on a real MLflow with a database of its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.settings import ModelSettings
from models.artifact import artifact, manifest_signing
from models.artifact.artifact import CARD, LIGHT, WEIGHTS
from models.registry.model_registry import CHAMPIONS, Registry, cached
from models.registry.references import registered, resolve
from models.rollout.traffic import CHAMPION
from models.training import tracking
from schemas.errors import (
    InputError,
    ModelIntegrityError,
    ModelNotFound,
    PermanentError,
    RegistryUnavailable,
)
from tests.integration.models.toy import bag

KEY = manifest_signing.generate()
PAGE = 100
"""How many models MLflow names at once."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ModelSettings:
    folder = tmp_path_factory.mktemp("registry")
    return ModelSettings(
        tracking_uri=f"sqlite:///{folder}/mlflow.db",
        cache_dir=folder / "cache",
        signing_key=SecretStr(KEY),
        trusted_keys=(manifest_signing.public_key(KEY),),
    )


@pytest.fixture(scope="module")
def registry(settings: ModelSettings) -> Registry:
    return Registry(settings)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three versions of one model."""
    return [bag(tmp_path_factory.mktemp("bag"), seed) for seed in (1, 2, 3)]


def test_a_version_carries_its_digests_figures_signature_and_card(registry: Registry) -> None:
    version = registry.register(LIGHT)
    manifest = artifact.read_manifest(LIGHT)
    assert (version.name, version.number, version.fingerprint) == (
        "imdb-ngram",
        1,
        manifest["version"],
    )
    assert version.languages == ("en",)
    assert version.tags[f"sha256.{WEIGHTS}"] == manifest["sha256"][WEIGHTS]
    assert version.tags["data_sha256"] == manifest["training"]["data_sha256"]
    assert json.loads(version.tags["figures"])["accuracy"] > 0.9
    assert version.tags["signed_by"] == manifest_signing.key_id(manifest_signing.public_key(KEY))
    assert version.card == (LIGHT / CARD).read_text()
    assert registry.register(LIGHT) == version, "the same model again is the same version"


def test_a_version_is_fetched_once_and_is_what_was_registered(
    registry: Registry, settings: ModelSettings
) -> None:
    version = registry.register(LIGHT)
    folder = resolve(version.reference, settings)
    assert artifact.load(folder).version == version.fingerprint
    unreachable = settings.model_copy(
        update={"trusted_keys": (manifest_signing.public_key(manifest_signing.generate()),)}
    )
    with pytest.raises(ModelIntegrityError, match="not among the trusted ones"):
        resolve(version.reference, unreachable)
    assert (
        resolve(version.reference, settings)
        == folder
        == cached(version.name, version.number, settings)
    )


def test_promotions_and_roll_backs_go_through_the_whole_history(
    registry: Registry, folders: list[Path]
) -> None:
    first, second, third = (registry.register(folder, "toy") for folder in folders)
    for version in (first, second, second, third):
        registry.promote(version)
    assert registered("toy", registry).number == third.number
    for before in (second, first):
        with registry.rolling_back("toy") as version:
            assert version.number == before.number
    with pytest.raises(InputError, match="toy has had no champion before this one"):
        registry.former("toy")
    assert [version.aliases for version in registry.versions("toy")] == [(CHAMPION,), (), ()]


def test_a_promotion_that_was_cut_short_is_completed_and_what_never_served_is_no_former_champion(
    registry: Registry, folders: list[Path], settings: ModelSettings
) -> None:
    first, second, third = (registry.register(folder, "cut") for folder in folders)
    registry.promote(first)
    client = tracking.connect(settings.tracking_uri)
    client.set_registered_model_tag(
        "cut", CHAMPIONS, "[1, 2]"
    )  # as far as the promotion of the second came
    registry.promote(third)
    assert registry.former("cut").number == first.number
    client.set_registered_model_tag("cut", CHAMPIONS, "[1, 3, 2]")
    registry.promote(second)
    assert registry.former("cut").number == third.number


def test_a_roll_back_whose_block_fails_leads_to_the_same_version_again(
    registry: Registry, folders: list[Path]
) -> None:
    first, second, third = (registry.register(folder, "again") for folder in folders)
    for version in (first, second, third):
        registry.promote(version)
    with pytest.raises(KeyError), registry.rolling_back("again"):
        raise KeyError
    assert (registered("again", registry).number, registry.former("again").number) == (
        second.number,
        second.number,
    )
    with registry.rolling_back("again"):
        pass
    assert registry.former("again").number == first.number


def test_a_champion_that_somebody_set_in_mlflow_itself_follows_the_last(
    registry: Registry, folders: list[Path], settings: ModelSettings
) -> None:
    first, second, third = (registry.register(folder, "itself") for folder in folders)
    for version in (first, second, third):
        registry.promote(version)
    tracking.connect(settings.tracking_uri).set_registered_model_alias("itself", CHAMPION, "1")
    assert registry.former("itself").number == third.number


def test_the_run_that_trained_a_version_is_known_where_it_was_tracked(
    registry: Registry, folders: list[Path], settings: ModelSettings
) -> None:
    fingerprint = artifact.read_manifest(folders[1])["version"]
    with tracking.tracked(settings.tracking_uri, "training", {"fingerprint": fingerprint}) as run:
        pass
    assert registry.register(folders[1], "trained").tags["training_run"] == run.id
    assert registry.register(folders[0], "untracked").tags["training_run"] == ""


@pytest.mark.parametrize("name", ["a/b", "a@b", "a:b", "a,b", "a b", "it's", "..", "-a", "\n"])
def test_a_name_that_no_reference_could_hold_is_refused(
    registry: Registry, folders: list[Path], name: str
) -> None:
    with pytest.raises(InputError, match="a model cannot be called"):
        registry.register(folders[0], name)


def test_all_models_are_named_however_many_there_are(
    registry: Registry, settings: ModelSettings
) -> None:
    client = tracking.connect(settings.tracking_uri)
    names = {f"model-{number:03}" for number in range(PAGE + 1)}
    for name in names:
        client.create_registered_model(name)
    assert names < set(found := registry.names())
    assert found == sorted(set(found))


def test_what_mlflow_will_never_do_is_no_error_that_may_pass(
    registry: Registry, folders: list[Path]
) -> None:
    with pytest.raises(InputError, match=r"the model registry at sqlite:.*filter"):
        registry.versions("it's")
    gone = replace(registry.register(folders[0], "gone"), number=99)
    for step in (registry.promote, registry.challenge, registry.fetch):
        with pytest.raises(PermanentError, match="not found"):
            step(gone)


def test_a_challenger_that_is_promoted_is_champion_and_nothing_else(
    registry: Registry, folders: list[Path]
) -> None:
    version = registry.register(folders[0], "trial")
    registry.challenge(version)
    assert registered("trial@challenger", registry).number == version.number
    registry.promote(registered("trial@challenger", registry))
    assert registered("models:/trial/1", registry).aliases == (CHAMPION,)


def test_what_is_not_there_is_named(registry: Registry, tmp_path: Path) -> None:
    for reference in ("nobody", "nobody/1", "imdb-ngram/99", "imdb-ngram@nothing"):
        with pytest.raises(ModelNotFound, match="has no model"):
            registered(reference, registry)
    with pytest.raises(ModelNotFound, match="has no model nobody"):
        registry.former("nobody")
    with pytest.raises(InputError, match="neither NAME/VERSION nor NAME@ALIAS"):
        registered("a/b/c", registry)
    with pytest.raises(ModelNotFound):
        registry.register(tmp_path)


def test_a_damaged_model_is_not_registered(registry: Registry, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(LIGHT, tmp_path / "model"))
    (folder / WEIGHTS).write_bytes(b"other")
    with pytest.raises(ModelIntegrityError, match=WEIGHTS):
        registry.register(folder, "damaged")
    assert "damaged" not in registry.names()


def test_a_registry_that_cannot_be_opened_is_something_that_may_pass(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(RegistryUnavailable, match=r"file/mlflow\.db"):
        Registry(ModelSettings(tracking_uri=f"sqlite:///{tmp_path}/file/mlflow.db"))
