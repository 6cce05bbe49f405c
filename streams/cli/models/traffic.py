"""``undertone models`` and ``undertone models traffic``: which model serves which language, and
changes of traffic shares.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from infra.command_line import configured, example
from infra.settings import Settings
from schemas.errors import InputError, TransientError
from streams.cli.cli_app import models_app

if TYPE_CHECKING:
    from models.rollout.events import Step
    from models.rollout.traffic import Traffic, Variants
    from schemas.records import ModelEvent

Reason = Annotated[str, typer.Option("--reason", help="Reason, recorded in the history.")]


@models_app.callback(invoke_without_command=True)
def overview(context: typer.Context) -> None:
    """Show which model serves which language, and manage models."""
    if context.invoked_subcommand:
        return
    settings = configured()
    traffic, source = serving_now(settings)
    _show_traffic(traffic, source)


@models_app.command(epilog=example("undertone models traffic en champion=80 challenger=20"))
def traffic(
    language: Annotated[
        str | None,
        typer.Argument(help="ISO 639-1 code, or * for all other languages; default: show all."),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="VARIANT=WEIGHT",
            help="Traffic weight of a variant, relative to the sum of all.",
        ),
    ] = None,
    reason: Reason = "",
) -> None:
    """Show or change the traffic share of each variant."""
    from models.rollout import events as lifecycle

    settings = configured()
    serving, source = serving_now(settings)
    if not language:
        _show_traffic(serving, source)
    elif not weights:
        _show_traffic({language: serving.get(language, ())}, source)
    else:
        event = lifecycle.weighted(
            step(language, reason), _weights(weights), serving.get(language, ())
        )
        announce(settings, [event], "")
        typer.echo(f"workers of {language} have been notified of the new traffic")


def serving_now(settings: Settings) -> tuple[dict[str, Variants], str]:
    """Traffic of each language, and its source."""
    from models.rollout import announcements
    from models.rollout.resolve import resolve

    configured_traffic = announcements.configured(settings)
    try:
        events = announcements.current(settings)
    except (InputError, TransientError) as error:
        return configured_traffic, f"as configured; workers may have been told otherwise ({error})"
    return resolve(
        configured_traffic, events
    ), "as announced on models.lifecycle, and as configured where nothing was"


def _show_traffic(traffic: Traffic, source: str) -> None:
    table = Table(
        "language",
        "variant",
        "share",
        "model",
        "fingerprint",
        "from",
        box=box.SIMPLE,
        caption=source,
    )
    for language, variants in sorted(traffic.items()):
        total = sum(variant.weight for variant in variants if not variant.shadow)
        for variant in variants:
            share = (
                "shadow" if variant.shadow else f"{variant.weight / total:.0%}" if total else "none"
            )
            table.add_row(
                language,
                variant.variant,
                share,
                variant.model_name,
                variant.model_version,
                variant.uri,
            )
        if not variants:
            table.add_row(language, "none", "", "", "", "")
    Console().print(table)


def announce(settings: Settings, events: Sequence[ModelEvent], done: str) -> None:
    """Announce events to all workers. Raises ``InputError`` with what is ``done`` and announced,
    where some failed.
    """
    from models.rollout import announcements

    codes = [event.language for event in events]
    for number, event in enumerate(events):
        try:
            announcements.announce(settings, event)
        except TransientError as error:
            before = f"{done}, but " if done else ""
            heard = f"; those of {', '.join(codes[:number])} were" if number else ""
            left = f"workers of {', '.join(codes[number:])} were not told ({error}){heard}"
            raise InputError(f"{before}{left}; run this again") from error


def step(language: str, reason: str) -> Step:
    """Fields common to the events of this command: now, by the user who runs it."""
    from models.rollout.events import Step

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
