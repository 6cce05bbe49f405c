"""Model references: a folder, a version in the registry, or the name of a shipped model."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.extras import needs
from infra.settings import ModelSettings
from infra.whole_files import replaced_file
from models.artifact import artifact, manifest_signing
from models.registry.mlflow_rest import MlflowServer, serves
from models.registry.model_registry import Registry, Version, cached, keep
from models.rollout.traffic import CHAMPION
from schemas.errors import InputError, ModelNotFound

REGISTERED, SHIPPED = "models:/", "shipped:"
PATTERN = re.compile(
    r"(?:models:/)?(?P<name>[^/@:]+)(?:/(?P<number>[0-9]{1,9})|@(?P<alias>[A-Za-z0-9_-]+))?"
)

COMES_ALONG: Final = (artifact.JUDGE, artifact.PRETRAINED, artifact.CHINESE, artifact.LIGHT)


def in_use(models: ModelSettings) -> tuple[str, ...]:
    """References of the models in use. The first also serves reviews of uncertain language, where
    none serves all languages.
    """
    named = tuple(filter(None, (reference.strip() for reference in models.uri.split(","))))
    return named or tuple(map(shipped, artifact.SHIPPED))


@dataclass(frozen=True, slots=True)
class Declared:
    """A model that a ``reference`` was resolved to, and what its manifest says of it: see
    ``models.rollout.traffic.Model``.
    """

    reference: str
    folder: Path
    name: str
    version: str
    languages: tuple[str, ...]
    any_language: bool


def serving(models: ModelSettings, *, unserved: bool) -> tuple[Declared, ...]:
    """The models ``in_use``, and for ``unserved`` languages the shipped multilingual one, where
    none in use is multilingual. Each reference is resolved once. Raises as ``resolve`` and
    ``read_manifest``.
    """
    named = tuple(_declared(reference, models) for reference in in_use(models))
    if not unserved or any(each.any_language for each in named):
        return named
    return (*named, _declared(shipped(artifact.JUDGE), models))


def _declared(reference: str, models: ModelSettings) -> Declared:
    folder = resolve(reference, models)
    manifest = artifact.read_manifest(folder)
    return Declared(
        reference,
        folder,
        manifest["name"],
        manifest["version"],
        tuple(manifest["languages"]),
        artifact.is_multilingual(manifest["network"]),
    )


def resolve(reference: str, models: ModelSettings) -> Path:
    """The folder of a model: a folder, ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS``, or
    ``shipped:NAME``.

    Empty, it is the shipped one.

    Where keys are trusted, the model has been signed with one of them. Raises ``InputError``,
    ``ModelNotFound``, ``ModelIntegrityError``, or ``RegistryUnavailable``.
    """
    folder = _folder(reference, models)
    if models.trusted_keys and folder.resolve() not in {path.resolve() for path in COMES_ALONG}:
        manifest_signing.verify(folder, models.trusted_keys)
    return folder


def registered(reference: str, registry: Registry) -> Version:
    """The version that ``NAME/VERSION`` or ``NAME@ALIAS`` stands for; a name alone, its champion.

    Raises ``InputError`` or ``ModelNotFound``.
    """
    name, number, alias = _parts(reference)
    return registry.describe(name, number=number, alias=alias)


def _parts(reference: str) -> tuple[str, int | None, str]:
    match = PATTERN.fullmatch(reference)
    if match is None:
        raise InputError(f"{reference!r} is neither NAME/VERSION nor NAME@ALIAS")
    return (
        match["name"],
        int(match["number"]) if match["number"] else None,
        match["alias"] or CHAMPION,
    )


def shipped(folder: Path) -> str:
    """Reference of a shipped model, which is the same on every machine."""
    return f"{SHIPPED}{folder.name}"


def _shipped(name: str) -> Path:
    names = {folder.name: folder for folder in COMES_ALONG}
    if name not in names:
        raise ModelNotFound(f"no model {name!r} is shipped, only {', '.join(names)}")
    return names[name]


def _folder(reference: str, models: ModelSettings) -> Path:
    if not reference:
        return artifact.PRETRAINED
    if reference.startswith(SHIPPED):
        return _shipped(reference.removeprefix(SHIPPED))
    if not reference.startswith(REGISTERED):
        return Path(reference)
    name, number, alias = _parts(reference)
    if number is not None and (kept := cached(name, number, models)).is_dir():
        return kept  # without asking the registry
    if serves(models.tracking_uri):
        server = MlflowServer(models.tracking_uri)
        with closing(server):
            number = server.number(name, alias) if number is None else number
            folder = fetched(server, name, number, models)
    else:
        with needs("mlflow"):
            registry = Registry(models)
        version = registered(reference, registry)
        number, folder = version.number, registry.fetch(version)
    _note(reference, number, models)
    return folder


def fetched(server: MlflowServer, name: str, number: int, models: ModelSettings) -> Path:
    """The files of a version on this machine, downloaded once."""

    def download(into: Path) -> None:
        if not server.download(name, number, into):
            with needs("mlflow"):
                registry = Registry(models)
                registry.download(name, number, into)

    return keep(cached(name, number, models), download)


def last_known(reference: str, models: ModelSettings) -> Path | None:
    """The folder that a reference last stood for, as far as this machine knows without asking the
    registry.
    """
    if not reference.startswith(REGISTERED):
        return _folder(reference, models)
    name, number, alias = _parts(reference)
    if number is None:
        try:
            number = int(_alias_file(name, alias, models).read_text(encoding="utf8"))
        except (OSError, ValueError):
            return None
    folder = cached(name, number, models)
    return folder if folder.is_dir() else None


def _note(reference: str, number: int, models: ModelSettings) -> None:
    """Remember which version an alias stood for; where that cannot be written, it is only not
    remembered.
    """
    name, asked, alias = _parts(reference)
    if asked is None:
        path = _alias_file(name, alias, models)
        with suppress(OSError), replaced_file(path) as file:
            file.write(str(number).encode())


def _alias_file(name: str, alias: str, models: ModelSettings) -> Path:
    return cached(name, 0, models).with_name(f"@{alias}")
