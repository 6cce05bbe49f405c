"""``undertone models list``, ``show``, ``register``, ``promote``, ``rollback``: versions of models
and their rollout.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from infra.command_line import configured, example
from infra.settings import Settings
from schemas.errors import InputError, ModelIntegrityError
from streams.cli.cli_app import models_app
from streams.cli.models.traffic import Reason, announce, serving_now, step

if TYPE_CHECKING:
    from models.registry.model_registry import Registry, Version
    from schemas.records import Variant

Reference = Annotated[
    str,
    typer.Argument(
        metavar="REF", help="Model version: NAME/VERSION, NAME@ALIAS, or NAME for its champion."
    ),
]
Languages = Annotated[
    list[str] | None,
    typer.Option(
        "--language",
        help="ISO 639-1 code, or * for languages without a model of their own; may be repeated.",
    ),
]


@models_app.command("list", epilog=example("undertone models list"))
def list_versions(
    name: Annotated[str | None, typer.Argument(help="Show only this model.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List registered versions and their aliases."""
    registry = _registry()
    versions = [
        version
        for each in ([name] if name else registry.names())
        for version in registry.versions(each)
    ]
    if as_json:
        typer.echo(orjson.dumps([_as_document(version) for version in versions]))
        return
    table = Table(
        "model",
        "version",
        "fingerprint",
        "languages",
        "accuracy",
        "signed by",
        "aliases",
        "registered",
        box=box.SIMPLE,
    )
    for version in versions:
        accuracy = ", ".join(
            f"{value:.4f}" for value in _accuracies(version.tags.get("figures", "{}"))
        )
        row = [
            version.name,
            str(version.number),
            version.fingerprint,
            ",".join(version.languages),
            accuracy,
        ]
        row += [version.tags.get("signed_by", "") or "nobody", ",".join(version.aliases)]
        table.add_row(*row, f"{version.registered_at:%Y-%m-%d %H:%M}")
    Console().print(
        table if versions else "no models are registered: `undertone models register FOLDER`"
    )


@models_app.command(epilog=example("undertone models show reviews-en@champion"))
def show(
    reference: Reference,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show a version: digests, data, metrics, signature and model card."""
    from models.registry.references import registered

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
    folder: Annotated[Path, typer.Argument(help="Folder of the model.")],
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name to register it under; default: the model's own."),
    ] = None,
) -> None:
    """Register a model as a new version, signed if UNDERTONE_MODELS__SIGNING_KEY is set. An
    identical version is reused.
    """
    version = _registry().register(folder, name)
    by = version.tags.get("signed_by")
    typer.echo(
        f"{version.reference} is {version.fingerprint}, "
        + (f"signed with key {by}" if by else "not signed")
    )


@models_app.command(epilog=example("undertone models promote reviews-en/3 --canary 0.1"))
def promote(
    reference: Reference,
    canary: Annotated[
        float | None,
        typer.Option("--canary", help="Make it a challenger with this share of the traffic."),
    ] = None,
    shadow: Annotated[
        bool,
        typer.Option(
            "--shadow",
            help="Make it a shadow: it scores every review and its scores are not published.",
        ),
    ] = False,
    language: Languages = None,
    reason: Reason = "",
) -> None:
    """Make a version champion (or challenger) of the languages it declares, and announce it to the
    workers.

    Run it again to complete a promotion that was interrupted.
    """
    from models.registry.references import registered
    from models.rollout import events as lifecycle
    from models.rollout.traffic import CHALLENGER, CHAMPION

    if shadow and canary is not None:
        raise InputError("--shadow or --canary, not both: a shadow gets no share of the reviews")
    settings = configured()
    registry = _registry(settings)
    version = registered(reference, registry)
    model = _checked(version, settings)
    traffic, _ = serving_now(settings) if shadow or canary is not None else ({}, "")
    events = []
    for code in _can_serve(version, language or version.languages):
        now = step(code, reason)
        if shadow:
            events.append(lifecycle.shadowed(now, model, traffic.get(code, ())))
        elif canary is not None:
            events.append(lifecycle.canary(now, model, canary, traffic.get(code, ())))
        else:
            events.append(lifecycle.promoted(now, model))
    _deploy(version, settings)
    if shadow or canary is not None:
        registry.challenge(version)
    else:
        registry.promote(version)
    done = f"{version.reference} is {CHALLENGER if shadow or canary is not None else CHAMPION}"
    announce(settings, events, done)
    typer.echo(
        f"{done}; announced to the workers of {', '.join(event.language for event in events)}"
    )


@models_app.command(epilog=example("undertone models rollback reviews-en --reason 'complaints'"))
def rollback(
    name: Annotated[str, typer.Argument(help="Name of the model.")],
    language: Languages = None,
    reason: Reason = "",
) -> None:
    """Make the previous champion champion again wherever the model serves, and announce it to the
    workers.

    Run it again to go back one version further, or to complete a rollback whose announcement
    failed.
    """
    from models.rollout import events as lifecycle

    settings = configured()
    registry = _registry(settings)
    version = registry.former(name)
    model = _checked(version, settings)
    serving, _ = serving_now(settings)
    championed = [
        code
        for code, variants in serving.items()
        if any(_is_champion(variant, version) for variant in variants)
    ]
    codes = _can_serve(version, language or championed or version.languages)
    events = [lifecycle.rolled_back(step(code, reason), model) for code in codes]
    _deploy(version, settings)
    done = f"{version.reference} is champion again"
    with registry.rolling_back(name):
        announce(settings, events, done)
    typer.echo(
        f"{done}; announced to the workers of {', '.join(event.language for event in events)}"
    )


def _registry(settings: Settings | None = None) -> Registry:
    from models.registry.model_registry import Registry

    with Console(stderr=True).status("asking the registry"):
        return Registry((settings or configured()).models)


def _checked(version: Version, settings: Settings) -> Variant:
    """A version as a champion, once it is known to be intact, signed as the settings demand, and
    what the registry says it is.
    """
    from models.artifact import artifact
    from models.registry.references import resolve
    from models.rollout.traffic import as_champion

    with Console(stderr=True).status(f"checking {version.reference}"):
        found = artifact.load(resolve(version.reference, settings.models)).version
    if found != version.fingerprint:
        raise ModelIntegrityError(
            f"{version.reference} holds {found}, and was registered as "
            f"{version.fingerprint or 'nothing'}"
        )
    return as_champion(version.name, version.fingerprint, version.reference)


def _deploy(version: Version, settings: Settings) -> None:
    """Have Triton serve it, where Triton scores: before any worker is told to ask for it."""
    if settings.scoring.engine != "triton":
        return
    from models.inference.engines.triton_deployment import deploy
    from models.registry.references import resolve

    with Console(stderr=True).status(f"exporting {version.reference} to Triton"):
        deploy(resolve(version.reference, settings.models), settings.scoring)


def _can_serve(version: Version, codes: Sequence[str]) -> Sequence[str]:
    """The same languages, if the version declares them: workers would refuse it for others."""
    from models.rollout.traffic import may_serve

    if unable := [code for code in codes if not may_serve(version.languages, code)]:
        declared = ", ".join(version.languages) or "none"
        raise InputError(
            f"{version.reference} is not for {', '.join(unable)}, only for {declared}: choose with "
            "--language"
        )
    return codes


def _is_champion(variant: Variant, version: Version) -> bool:
    """Whether a variant is champion, and a version of the same registered model."""
    from models.registry.references import REGISTERED
    from models.rollout.traffic import CHAMPION

    return variant.variant == CHAMPION and variant.uri.startswith(f"{REGISTERED}{version.name}/")


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
    return (
        [found["accuracy"]]
        if "accuracy" in found
        else [part["accuracy"] for part in found.values()]
    )
