"""``undertone loop history``: history of a model version on one screen."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from infra.command_line import configured, example
from retrain.cli.loop_app import loop_app


@loop_app.command(epilog=example("undertone loop history d9ad02a2cef1"))
def history(
    version: Annotated[
        str | None,
        typer.Argument(
            help="Fingerprint of a version, or its first characters; default: all versions."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Number of latest lines to show, of all versions.")
    ] = 40,
) -> None:
    """Show the history of a version, from its request to its promotion or rejection: what happened,
    when, why and by whom.
    """
    from infra.warehouse import connect
    from retrain.notifications.core.version_history import COLUMNS, REQUEST_COLUMNS, figures, story
    from schemas.errors import InputError

    with connect(configured().clickhouse) as warehouse:
        rows = warehouse.query(
            f"SELECT {', '.join(COLUMNS)} FROM model_events FINAL ORDER BY created_at, event_id"
        )
        events = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        rows = warehouse.query(
            f"SELECT {', '.join(REQUEST_COLUMNS)} FROM retraining_requests FINAL ORDER BY "
            "created_at"
        )
        requests = [dict(zip(REQUEST_COLUMNS, row, strict=True)) for row in rows]
    if version is not None:
        known = sorted(
            {
                str(event["model_version"])
                for event in events
                if str(event["model_version"]).startswith(version)
            }
        )
        if len(known) > 1:
            raise InputError(f"{version} may be any of {', '.join(known)}")
        version = known[0] if known else version
    table = Table("when (UTC)", "what", "why", "by", box=box.SIMPLE)
    lines = story(events, requests, version)
    for line in lines if version else lines[-limit:]:
        table.add_row(
            f"{line.at:%y-%m-%d %H:%M:%S}",
            line.what,
            line.why,
            line.actor.removeprefix("undertone "),
        )
    console = Console()
    console.print(table)
    for name, value in figures(events, version) if version else ():
        console.print(f"[bold]{name}[/bold]: {value}", highlight=False)
