"""Models of an MLflow server, fetched without MLflow's package: what workers do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.ports import free_port
from infra.settings import ModelSettings
from models.artifact import artifact
from models.registry.model_registry import Registry, Version
from models.registry.references import resolve
from models.rollout.traffic import CHAMPION
from schemas.errors import ConfigurationError, ModelNotFound, RegistryUnavailable
from tests.harness import answers
from tests.integration.models.toy import bag
from tests.servers.process import Server


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelSettings]:
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    uri = f"http://127.0.0.1:{port}"
    server = Server(
        name="mlflow",
        command=[
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)),
            *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
            *("--artifacts-destination", str(folder / "artifacts")),
        ],
        log=folder / "mlflow.log",
        ready=lambda: answers(f"{uri}/health"),
        patience_s=180,
    )
    server.start()
    try:
        yield ModelSettings(tracking_uri=uri, cache_dir=folder / "cache")
    finally:
        server.stop()


@pytest.fixture(scope="module")
def version(settings: ModelSettings, tmp_path_factory: pytest.TempPathFactory) -> Version:
    registry = Registry(settings)
    version = registry.register(bag(tmp_path_factory.mktemp("bag"), 1), "toy")
    registry.promote(version)
    return version


@pytest.fixture
def _without_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "mlflow"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "mlflow", None)


@pytest.mark.usefixtures("_without_mlflow")
def test_a_version_and_an_alias_are_fetched_without_mlflow(
    settings: ModelSettings, version: Version
) -> None:
    folder = resolve(version.reference, settings)
    assert artifact.load(folder).version == version.fingerprint
    assert resolve(f"models:/toy@{CHAMPION}", settings) == folder
    assert [path.name for path in folder.parent.glob("tmp*")] == []


@pytest.mark.usefixtures("_without_mlflow", "version")
@pytest.mark.parametrize("reference", ["models:/toy/7", "models:/toy@shadow", "models:/no/1"])
def test_what_the_registry_does_not_have_is_not_found(
    settings: ModelSettings, reference: str
) -> None:
    with pytest.raises(ModelNotFound, match=f"has no model {reference.removeprefix('models:/')}$"):
        resolve(reference, settings)


@pytest.mark.usefixtures("_without_mlflow")
def test_a_server_that_is_away_may_come_back(tmp_path: Path) -> None:
    away = ModelSettings(tracking_uri=f"http://127.0.0.1:{free_port()}", cache_dir=tmp_path)
    with pytest.raises(RegistryUnavailable, match="ConnectError"):
        resolve("models:/toy/1", away)


@pytest.mark.usefixtures("_without_mlflow")
def test_a_registry_without_a_server_needs_mlflow_and_says_so(tmp_path: Path) -> None:
    local = ModelSettings(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db", cache_dir=tmp_path)
    with pytest.raises(ConfigurationError, match=r"pip install 'undertone\[mlflow\]'"):
        resolve("models:/toy/1", local)
