"""The registry, on a real MLflow with a database of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.settings import ModelSettings
from models import artifact, signing
from models.artifact import CARD, LIGHT, WEIGHTS
from models.references import registered, resolve
from models.registry import CHAMPION, Registry, cached
from schemas.errors import InputError, ModelIntegrityError, ModelNotFound, RegistryUnavailable
from tests.integration.models.toy import bag

KEY = signing.generate()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ModelSettings:
    folder = tmp_path_factory.mktemp("registry")
    return ModelSettings(
        tracking_uri=f"sqlite:///{folder}/mlflow.db",
        cache_dir=folder / "cache",
        signing_key=SecretStr(KEY),
        trusted_keys=(signing.public_key(KEY),),
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
    assert (version.name, version.number, version.fingerprint) == ("imdb-ngram", 1, manifest["version"])
    assert version.languages == ("en",)
    assert version.tags[f"sha256.{WEIGHTS}"] == manifest["sha256"][WEIGHTS]
    assert version.tags["data_sha256"] == manifest["training"]["data_sha256"]
    assert json.loads(version.tags["figures"])["accuracy"] > 0.9
    assert version.tags["signed_by"] == signing.key_id(signing.public_key(KEY))
    assert version.card == (LIGHT / CARD).read_text()
    assert registry.register(LIGHT) == version, "the same model again is the same version"


def test_a_version_is_fetched_once_and_is_what_was_registered(registry: Registry, settings: ModelSettings) -> None:
    version = registry.register(LIGHT)
    folder = resolve(version.reference, settings)
    assert artifact.load(folder).version == version.fingerprint
    unreachable = settings.model_copy(update={"trusted_keys": (signing.public_key(signing.generate()),)})
    with pytest.raises(ModelIntegrityError, match="not among the trusted ones"):
        resolve(version.reference, unreachable)
    assert resolve(version.reference, settings) == folder == cached(version.name, version.number, settings)


def test_promotions_and_roll_backs_go_through_the_whole_history(registry: Registry, folders: list[Path]) -> None:
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


def test_a_challenger_that_is_promoted_is_champion_and_nothing_else(registry: Registry, folders: list[Path]) -> None:
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
