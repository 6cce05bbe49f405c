"""``undertone models``: versions, who serves which language, and changing that."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from infra.command_line import configured, example
from infra.settings import Settings
from schemas.errors import InputError, TransientError
from streams.cli import models_app

if TYPE_CHECKING:
    from models.lifecycle import Step
    from models.registry import Registry, Version
    from schemas.records import ModelEvent, Variant

Reference = Annotated[str, typer.Argument(metavar="REF", help="NAME/VERSION, NAME@ALIAS, or NAME for its champion")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="default: those the model declares; may be repeated")]
Reason = Annotated[str, typer.Option("--reason", help="for the history")]


@models_app.callback(invoke_without_command=True)
def overview(context: typer.Context) -> None:
    """Which model serves which language; and everything else about models."""
    if context.invoked_subcommand:
        return
    settings = configured()
    traffic, source = _traffic(settings)
    _show_traffic(traffic, source)


@models_app.command("list", epilog=example("undertone models list"))
def list_versions(
    name: Annotated[str | None, typer.Argument(help="only this model")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable")] = False,
) -> None:
    """Registered versions, with the aliases that say which serves."""
    registry = _registry()
    versions = [version for each in ([name] if name else registry.names()) for version in registry.versions(each)]
    if as_json:
        typer.echo(orjson.dumps([_as_document(version) for version in versions]))
        return
    table = Table(
        "model", "version", "fingerprint", "languages", "accuracy", "signed by", "aliases", "registered", box=box.SIMPLE
    )
    for version in versions:
        accuracy = ", ".join(f"{value:.4f}" for value in _accuracies(version.tags.get("figures", "{}")))
        row = [version.name, str(version.number), version.fingerprint, ",".join(version.languages), accuracy]
        row += [version.tags.get("signed_by", "") or "nobody", ",".join(version.aliases)]
        table.add_row(*row, f"{version.registered_at:%Y-%m-%d %H:%M}")
    Console().print(table if versions else "no models are registered: `undertone models register FOLDER`")


@models_app.command(epilog=example("undertone models show reviews-en@champion"))
def show(reference: Reference, as_json: Annotated[bool, typer.Option("--json", help="machine-readable")] = False) -> None:
    """All that is known of a version: digests, data, figures, signature, card."""
    from models.references import registered

    version = registered(reference, _registry())
    if as_json:
        typer.echo(orjson.dumps(_as_document(version)))
        return
    table = Table(show_header=False, box=box.SIMPLE)
    for key, value in _as_document(version).items():
        if key != "card":
            table.add_row(key, value if isinstance(value, str) else json.dumps(value))
    Console().print(table)
    typer.echo(version.card)


@models_app.command(epilog=example("undertone models register my-model"))
def register(
    folder: Annotated[Path, typer.Argument(help="folder of an exported model")],
    name: Annotated[str | None, typer.Option("--name", help="default: the model's own")] = None,
) -> None:
    """Keep a model as a new version, signed if UNDERTONE_MODELS__SIGNING_KEY is set. What is there already stays one version."""
    version = _registry().register(folder, name)
    by = version.tags.get("signed_by")
    typer.echo(f"{version.reference} is {version.fingerprint}, " + (f"signed with key {by}" if by else "not signed"))


@models_app.command(epilog=example("undertone models promote reviews-en/3 --canary 0.1"))
def promote(
    reference: Reference,
    canary: Annotated[float | None, typer.Option("--canary", help="as challenger, with this share of the reviews")] = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="as challenger that scores everything and emits nothing")] = False,
    language: Languages = None,
    reason: Reason = "",
) -> None:
    """Make a version champion (or challenger), and tell the workers. Again, it completes what was cut short."""
    from models import lifecycle
    from models.references import registered, resolve

    if shadow and canary is not None:
        raise InputError("--shadow or --canary, not both: a shadow gets no share of the reviews")
    settings = configured()
    registry = _registry(settings)
    version = registered(reference, registry)
    resolve(version.reference, settings.models)  # intact and signed, before any worker is told
    traffic, _ = _traffic(settings) if shadow or canary is not None else ({}, "")
    model = lifecycle.serving(version.name, version.fingerprint, version.reference)
    events = []
    for code in language or version.languages:
        step = _step(code, reason)
        if shadow:
            events.append(lifecycle.shadowed(step, model, traffic.get(code, ())))
        elif canary is not None:
            events.append(lifecycle.canary(step, model, canary, traffic.get(code, ())))
        else:
            events.append(lifecycle.promoted(step, model))
    if shadow or canary is not None:
        registry.challenge(version)
    else:
        registry.promote(version)
    _announce(settings, events, f"{version.reference} is {'challenger' if shadow or canary is not None else 'champion'}")


@models_app.command(epilog=example("undertone models rollback reviews-en --reason 'complaints'"))
def rollback(
    name: Annotated[str, typer.Argument(help="the model")],
    language: Languages = None,
    reason: Reason = "",
) -> None:
    """Make the champion before this one champion again, and tell the workers."""
    from models import lifecycle

    settings = configured()
    version = _registry(settings).roll_back(name)
    model = lifecycle.serving(version.name, version.fingerprint, version.reference)
    events = [lifecycle.rolled_back(_step(code, reason), model) for code in language or version.languages]
    _announce(settings, events, f"{version.reference} is champion again")


@models_app.command(epilog=example("undertone models traffic en champion=80 challenger=20"))
def traffic(
    language: Annotated[str | None, typer.Argument(help="ISO 639-1 code, or *; default: show all")] = None,
    weights: Annotated[list[str] | None, typer.Argument(metavar="VARIANT=WEIGHT", help="relative to their sum")] = None,
    reason: Reason = "",
) -> None:
    """Show or change the share of the reviews that each variant gets."""
    from models import lifecycle

    settings = configured()
    serving, source = _traffic(settings)
    if not language:
        _show_traffic(serving, source)
    elif not weights:
        _show_traffic({language: serving.get(language, ())}, source)
    else:
        event = lifecycle.weighted(_step(language, reason), _weights(weights), serving.get(language, ()))
        _announce(settings, [event], f"traffic of {language} is changed")


@models_app.command(epilog=example("undertone models keygen --out signing.key"))
def keygen(out: Annotated[Path, typer.Option("--out", help="file for the private key, for you alone to read")]) -> None:
    """Make a key pair: the private key signs what is registered, the public key is for workers to trust."""
    from models import signing

    private = signing.generate()
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(private + "\n")
    except FileExistsError as error:
        raise InputError(f"{out} is there already; a key is never overwritten") from error
    typer.echo(f'private: export UNDERTONE_MODELS__SIGNING_KEY="$(cat {out})"')
    typer.echo(f"public:  export UNDERTONE_MODELS__TRUSTED_KEYS='[\"{signing.public_key(private)}\"]'")


@models_app.command(epilog=example("undertone models sign my-model"))
def sign(folder: Annotated[Path, typer.Argument(help="folder of a model")]) -> None:
    """Sign a model with UNDERTONE_MODELS__SIGNING_KEY."""
    from models import artifact, signing

    key = configured().models.signing_key
    if key is None:
        raise InputError("UNDERTONE_MODELS__SIGNING_KEY is not set; `undertone models keygen` makes one")
    artifact.load(folder)
    typer.echo(f"{folder} is signed with key {signing.sign(folder, key.get_secret_value())}")


@models_app.command(epilog=example("undertone models verify my-model"))
def verify(folder: Annotated[Path, typer.Argument(help="folder of a model")]) -> None:
    """Check a model's digests, and its signature against UNDERTONE_MODELS__TRUSTED_KEYS."""
    from models import artifact, signing

    trusted = configured().models.trusted_keys
    loaded = artifact.load(folder)
    by = (
        f"signed with trusted key {signing.verify(folder, trusted)}"
        if trusted
        else "its signature not checked: no key is trusted"
    )
    typer.echo(f"{folder}: {loaded.name} {loaded.version} is intact, {by}")


def _registry(settings: Settings | None = None) -> Registry:
    from models.registry import Registry

    with Console(stderr=True).status("asking the registry"):
        return Registry((settings or configured()).models)


def _traffic(settings: Settings) -> tuple[dict[str, tuple[Variant, ...]], str]:
    """Who serves each language, and how we know."""
    from models import announcements

    traffic = announcements.configured(settings)
    try:
        events = announcements.current(settings)
    except (InputError, TransientError) as error:
        return traffic, f"as configured; workers may have been told otherwise ({error})"
    told = {language: event.traffic for language, event in events.items() if event.traffic or event.action == "retired"}
    return traffic | told, "as announced on models.lifecycle, and as configured where nothing was"


def _show_traffic(traffic: Mapping[str, tuple[Variant, ...]], source: str) -> None:
    table = Table("language", "variant", "share", "model", "fingerprint", "from", box=box.SIMPLE, caption=source)
    for language, variants in sorted(traffic.items()):
        total = sum(variant.weight for variant in variants if not variant.shadow)
        for variant in variants:
            share = "shadow" if variant.shadow else f"{variant.weight / total:.0%}"
            table.add_row(language, variant.variant, share, variant.model_name, variant.model_version, variant.uri)
        if not variants:
            table.add_row(language, "none", "", "", "", "")
    Console().print(table)


def _announce(settings: Settings, events: list[ModelEvent], done: str) -> None:
    from models import announcements

    for event in events:
        try:
            announcements.announce(settings, event)
        except TransientError as error:
            raise InputError(f"{done} in the registry, but workers were not told ({error}); run this again") from error
    typer.echo(f"{done}; workers of {', '.join(event.language for event in events)} are told")


def _step(language: str, reason: str) -> Step:
    from models.lifecycle import Step

    return Step(language, datetime.now(UTC), actor=getpass.getuser(), reason=reason)


def _weights(pairs: list[str]) -> dict[str, float]:
    weights = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        try:
            weights[name] = float(value)
        except ValueError as error:
            raise InputError(f"{pair!r} is not VARIANT=WEIGHT") from error
    return weights


def _as_document(version: Version) -> dict[str, object]:
    return {
        "reference": version.reference,
        "fingerprint": version.fingerprint,
        "languages": list(version.languages),
        "aliases": list(version.aliases),
        "registered_at": version.registered_at.isoformat(),
        "run_id": version.run_id,
        **dict(sorted(version.tags.items())),
        "figures": json.loads(version.tags.get("figures", "{}")),
        "card": version.card,
    }


def _accuracies(figures: str) -> list[float]:
    """Of figures as a training leaves them: of one file, or by file."""
    found = json.loads(figures)
    return [found["accuracy"]] if "accuracy" in found else [part["accuracy"] for part in found.values()]
