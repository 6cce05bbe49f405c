"""Versioned models with aliases, in MLflow's model registry.

https://mlflow.org/docs/latest/ml/model-registry. ``champion`` serves, ``challenger`` is on trial.
The champions that there have been are kept as a tag of the model, so that a roll-back can go all
the way back. Each step is so ordered that, cut short anywhere, it is completed by taking it again.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.settings import ModelSettings
from models.artifact import artifact, manifest_signing
from models.artifact.artifact import CARD, MANIFEST, SIGNATURE
from models.registry.mlflow_errors import translated, unless_absent
from models.rollout.traffic import CHALLENGER, CHAMPION
from models.training import tracking
from schemas.errors import InputError, ModelNotFound

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

PREFIX = "undertone."
CHAMPIONS = f"{PREFIX}champions"
NAME = re.compile(r"\w[\w.-]*")
"""What no reference, list of references or folder gives a meaning of its own."""
LONGEST_DESCRIPTION = 5000


@dataclass(frozen=True, slots=True)
class Version:
    """One registered version. ``fingerprint``: the version that the artifact itself declares.
    ``tags``: what else is known.
    """

    name: str
    number: int
    fingerprint: str
    languages: tuple[str, ...]
    aliases: tuple[str, ...]
    registered_at: datetime
    run_id: str
    tags: Mapping[str, str]
    card: str = field(repr=False)

    @property
    def reference(self) -> str:
        """Reference that any worker can load the version by."""
        return f"models:/{self.name}/{self.number}"


class Registry:
    """The registry at ``MODELS__TRACKING_URI``."""

    def __init__(self, models: ModelSettings) -> None:
        self._settings = models
        with translated(models.tracking_uri):
            self._client = tracking.connect(models.tracking_uri)

    def register(self, folder: Path, name: str | None = None) -> Version:
        """Sign, if there is a key to sign with, and keep a model that loads. What is there already
        is not kept twice.

        Raises ``InputError`` for a name that no reference could hold, ``ModelNotFound`` or
        ``ModelIntegrityError``.
        """
        loaded = artifact.load(folder)
        name = name or loaded.name
        if not NAME.fullmatch(name):
            raise InputError(
                f"a model cannot be called {name!r}: a name is of letters, digits, _ . and -, the "
                "first not . or -"
            )
        for known in self.versions(name):
            if known.fingerprint == loaded.version:
                return known
        key = self._settings.signing_key
        with tempfile.TemporaryDirectory() as scratch, translated(self._settings.tracking_uri):
            copy = Path(shutil.copytree(folder, Path(scratch) / "model"))
            if key is not None:
                manifest_signing.sign(copy, key.get_secret_value())
            tags = {f"{PREFIX}{key}": value for key, value in _facts(copy).items()}
            if not self._client.search_registered_models(f"name = '{name}'"):
                self._client.create_registered_model(name)
            experiment = tracking.experiment_of(self._client, self._settings.tracking_uri)
            tags[f"{PREFIX}training_run"] = self._training(experiment, loaded.version)
            run = self._client.create_run(
                experiment, tags={"mlflow.runName": f"register {name}", **tags}
            ).info.run_id
            self._client.log_artifacts(run, str(copy), "model")
            self._client.set_terminated(run)
            card = (copy / CARD).read_text(encoding="utf8")[:LONGEST_DESCRIPTION]
            made = self._client.create_model_version(
                name, f"runs:/{run}/model", run, tags=tags, description=card
            )
        return self.describe(name, number=int(made.version))

    def names(self) -> list[str]:
        """Every model there is."""
        names: list[str] = []
        token: str | None = None
        with translated(self._settings.tracking_uri):
            while token != "":
                found = self._client.search_registered_models(page_token=token)
                names += [model.name for model in found]
                token = found.token or ""
        return sorted(names)

    def versions(self, name: str) -> list[Version]:
        """The versions of a model, the oldest first; none where there is no such model."""
        with translated(self._settings.tracking_uri):
            aliases = self._aliases(name)
            found = self._client.search_model_versions(f"name = '{name}'")
            return sorted(
                (_version(each, aliases) for each in found), key=lambda version: version.number
            )

    def describe(self, name: str, *, number: int | None = None, alias: str = CHAMPION) -> Version:
        """The version with this number or, without one, with this alias. Raises
        ``ModelNotFound``."""
        sought = f"{name}/{number}" if number is not None else f"{name}@{alias}"

        def find() -> ModelVersion:
            if number is not None:
                return self._client.get_model_version(name, str(number))
            return self._client.get_model_version_by_alias(name, alias)

        with translated(self._settings.tracking_uri):
            found = unless_absent(find)
            if found is None:
                raise ModelNotFound(
                    f"the registry at {self._settings.tracking_uri} has no model {sought}"
                )
            return _version(found, self._aliases(name))

    def promote(self, version: Version) -> None:
        """Make it champion; once more is no different from once. A challenger that is promoted is
        none any more.
        """
        with translated(self._settings.tracking_uri):
            champions, serving = (
                self._champions(version.name),
                self._aliases(version.name).get(CHAMPION),
            )
            if (
                champions and champions[-1] != serving
            ):  # left by a step that was cut short: it never served, or does no more
                champions.pop()
            self._remember(
                version.name,
                champions if serving == version.number else [*champions, version.number],
            )
            self._client.set_registered_model_alias(version.name, CHAMPION, str(version.number))
            if CHALLENGER in version.aliases:
                self._client.delete_registered_model_alias(version.name, CHALLENGER)

    def challenge(self, version: Version) -> None:
        """Make it challenger."""
        with translated(self._settings.tracking_uri):
            self._client.set_registered_model_alias(version.name, CHALLENGER, str(version.number))

    def former(self, name: str) -> Version:
        """The champion before this one, which a roll-back leads to. Raises ``InputError`` if there
        was none.
        """
        with translated(self._settings.tracking_uri):
            champions = self._champions(name)
        if len(champions) < 2:
            raise InputError(f"{name} has had no champion before this one")
        return self.describe(name, number=champions[-2])

    @contextmanager
    def rolling_back(self, name: str) -> Iterator[Version]:
        """Makes the former champion champion again, and forgets this one once the block has ended
        without an error.

        Until then a roll-back leads to the same version: where the block tells of it and cannot, it
        is simply taken again.
        """
        version = self.former(name)
        with translated(self._settings.tracking_uri):
            champions = self._champions(name)
            self._remember(name, champions)
            self._client.set_registered_model_alias(name, CHAMPION, str(version.number))
        yield self.describe(name, number=version.number)
        with translated(self._settings.tracking_uri):
            self._remember(name, champions[:-1])

    def fetch(self, version: Version) -> Path:
        """Its files on this machine, fetched once."""
        return keep(
            cached(version.name, version.number, self._settings),
            lambda into: self.download(version.name, version.number, into),
        )

    def download(self, name: str, number: int, into: Path) -> None:
        """Write the files of a version into a new folder."""
        from mlflow.artifacts import download_artifacts

        uri = self._settings.tracking_uri
        with tempfile.TemporaryDirectory(dir=into.parent) as scratch, translated(uri):
            source = self._client.get_model_version_download_uri(name, str(number))
            got = download_artifacts(artifact_uri=source, dst_path=scratch, tracking_uri=uri)
            Path(got).rename(into)

    def _aliases(self, name: str) -> dict[str, int]:
        model = unless_absent(lambda: self._client.get_registered_model(name))
        return {alias: int(number) for alias, number in (model.aliases if model else {}).items()}

    def _training(self, experiment: str, fingerprint: str) -> str:
        """The id of the run that made it, empty where none was tracked here."""
        made = f"params.fingerprint = '{fingerprint}' and attributes.status = 'FINISHED'"
        runs = self._client.search_runs([experiment], made, max_results=1)
        return str(runs[0].info.run_id) if runs else ""

    def _champions(self, name: str) -> list[int]:
        model = unless_absent(lambda: self._client.get_registered_model(name))
        if model is None:
            raise ModelNotFound(
                f"the registry at {self._settings.tracking_uri} has no model {name}"
            )
        champions: list[int] = json.loads(model.tags.get(CHAMPIONS, "[]"))
        serving = model.aliases.get(CHAMPION)
        # Of a step that was cut short it is the last but one; else, somebody set the alias in
        # MLflow itself.
        if serving is not None and int(serving) not in champions[-2:]:
            champions.append(int(serving))
        return champions

    def _remember(self, name: str, champions: list[int]) -> None:
        self._client.set_registered_model_tag(name, CHAMPIONS, json.dumps(champions))


def cached(name: str, number: int, models: ModelSettings) -> Path:
    """Cache folder of a version on this machine, existing or not. A version number never changes
    its content in a registry.
    """
    registry = hashlib.sha256(models.tracking_uri.encode()).hexdigest()[:8]
    return models.cache_dir / registry / name / str(number)


def keep(folder: Path, download: Callable[[Path], None]) -> Path:
    """A folder of the cache, filled by ``download`` where it does not exist yet."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        new = Path(scratch) / "model"
        download(new)
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster
                raise
    return folder


def _facts(folder: Path) -> dict[str, str]:
    """What is said of a version: its fingerprint, digests of its files, of its data and of the
    code, figures, who signed it.
    """
    manifest = artifact.read_manifest(folder)
    training: Mapping[str, Any] = manifest["training"]
    facts = {
        "fingerprint": manifest["version"],
        "languages": ",".join(manifest["languages"]),
        "network": manifest["network"]["kind"],
        "signed_by": manifest_signing.signer(folder) or "",
        "code_sha256": training.get("code_sha256", ""),
        "data": _listed(training.get("data", "")),
        "data_sha256": _listed(training.get("data_sha256", "")),
        "figures": json.dumps(
            training.get("held_out")
            or training.get("out_of_fold")
            or training.get("validation")
            or {}
        ),
    }
    files = (path for path in sorted(folder.iterdir()) if path.name != SIGNATURE)
    digests = {
        f"sha256.{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert f"sha256.{MANIFEST}" in digests
    return facts | digests


def _listed(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _version(found: ModelVersion, aliases: Mapping[str, int]) -> Version:
    tags = {
        key.removeprefix(PREFIX): value
        for key, value in found.tags.items()
        if key.startswith(PREFIX)
    }
    return Version(
        name=found.name,
        number=int(found.version),
        fingerprint=tags.get("fingerprint", ""),
        languages=tuple(filter(None, tags.get("languages", "").split(","))),
        aliases=tuple(
            sorted(alias for alias, number in aliases.items() if number == int(found.version))
        ),
        registered_at=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        run_id=found.run_id or "",
        tags=tags,
        card=found.description or "",
    )
