"""``undertone alerts``: firing conditions, notified targets, and tests of webhooks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.command_line import configured, example
from retrain.cli.loop_app import app
from schemas.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from schemas.records import Alert

alerts_app = typer.Typer(
    name="alerts",
    help="Show firing alerts and their notifications, and test webhooks.",
    no_args_is_help=True,
)
app.add_typer(alerts_app)


@alerts_app.command("list", epilog=example("undertone alerts list --all"))
def list_alerts(
    every: Annotated[
        bool, typer.Option("--all", help="Include conditions that have ended.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List firing conditions and the delivery of their notifications to each target."""
    from infra.warehouse import connect

    columns = ("fingerprint", "status", "name", "severity", "summary", "started_at", "ended_at")
    with connect(configured().clickhouse) as warehouse:
        which = "" if every else "WHERE status = 'firing' "
        rows = warehouse.query(
            f"SELECT {', '.join(columns)} FROM alert_status {which}ORDER BY started_at DESC LIMIT "
            "1000"
        )
        told = warehouse.query(
            "SELECT fingerprint, target, argMax(state, planned_at), sum(attempts) FROM "
            "(SELECT arrayJoin(fingerprints) AS fingerprint, target, state, planned_at, attempts "
            "FROM alert_deliveries FINAL "
            "WHERE hasAny(fingerprints, %(found)s)) GROUP BY fingerprint, target ORDER BY target",
            {"found": [str(row[0]) for row in rows] or [""]},
        )
    targets: dict[str, list[str]] = {}
    for fingerprint, target, state, attempts in told:
        targets.setdefault(str(fingerprint), []).append(f"{target}: {state} ({attempts})")
    if as_json:
        documents = [
            dict(zip(columns, row, strict=True)) | {"targets": targets.get(str(row[0]), [])}
            for row in rows
        ]
        typer.echo(orjson.dumps(documents))
        return
    table = Table(
        "status", "severity", "rule", "summary", "since", "targets (attempts)", box=box.SIMPLE
    )
    for fingerprint, status, name, severity, summary, started, _ in rows:
        said = "\n".join(targets.get(str(fingerprint), [])) or "none"
        cells = (status, severity, name, summary, f"{started:%Y-%m-%d %H:%M:%S}", said)
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table if rows else "nothing fires")


@alerts_app.command("test", epilog=example("undertone alerts test --target slack"))
def try_out(
    target: Annotated[
        list[str] | None, typer.Option("--target", help="Test only this target; may be repeated.")
    ] = None,
) -> None:
    """Send a test alert and its resolution to every target, without retries, and show the
    responses; fails if one refuses.
    """
    from retrain.alerts.core.webhook_bodies import render
    from retrain.alerts.webhook_post import post
    from retrain.alerts.webhook_signing import headers

    settings = configured().alerts
    names = {webhook.name for webhook in settings.webhooks}
    if unknown := sorted(set(target or ()) - names):
        raise InputError(
            f"there is no target {', '.join(unknown)}, only {', '.join(sorted(names)) or 'none'}"
        )
    if not names:
        raise ConfigurationError("there are no targets: set UNDERTONE_ALERTS__WEBHOOKS")
    table = Table("target", "body", "message", "answer", box=box.SIMPLE)
    refused = False
    for webhook in settings.webhooks:
        for alert in _trial() if not target or webhook.name in target else ():
            body, now = render(webhook.body, [alert]), datetime.now(UTC)
            signed = headers(alert.alert_id, now, body, webhook.secrets)
            answer = post(webhook.url.get_secret_value(), body, signed, settings.timeout_s)
            refused |= answer.status is None or not 200 <= answer.status < 300
            table.add_row(webhook.name, webhook.body, alert.status, str(answer))
    Console().print(table)
    if refused:
        raise typer.Exit(1)


def _trial() -> list[Alert]:
    from uuid import uuid4

    from schemas.alert_identity import fingerprint
    from schemas.records import Alert

    now, labels = datetime.now(UTC), {"test": uuid4().hex[:8]}
    mark = fingerprint("test", labels)
    begin = Alert(
        uuid4().hex,
        mark,
        "firing",
        "test",
        "info",
        "A test by `undertone alerts test`",
        labels,
        now,
        now,
    )
    end = Alert(
        uuid4().hex,
        mark,
        "resolved",
        "test",
        "info",
        "The test is over",
        labels,
        now,
        now,
        ended_at=now,
    )
    return [begin, end]


@alerts_app.command(epilog=example("undertone alerts enable slack"))
def enable(
    name: Annotated[
        str, typer.Argument(help="Name of a target that answered 410 or was disabled.")
    ],
) -> None:
    """Enable a target that was disabled or answered 410 Gone."""
    from infra.warehouse import connect
    from retrain.alerts.alert_queue import Store, endpoint

    settings = configured()
    addresses = {
        webhook.name: webhook.url.get_secret_value() for webhook in settings.alerts.webhooks
    }
    if name not in addresses:
        raise InputError(
            f"there is no target {name}, only {', '.join(sorted(addresses)) or 'none'}"
        )
    with connect(settings.clickhouse) as warehouse:
        Store(warehouse).switch(name, endpoint(addresses[name]), True, "by hand", datetime.now(UTC))
    typer.echo(f"{name} is enabled again")


@alerts_app.command(epilog=example("undertone alerts receive --port 9099 --secret-file secret.txt"))
def receive(
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes any free port."),
    ] = 9099,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file",
            help="File that holds the whsec_ secret; without it, signatures are not checked.",
        ),
    ] = None,
    count: Annotated[
        int, typer.Option("--count", min=0, help="Stop after this many messages; 0: never.")
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per message.")
    ] = False,
) -> None:
    """Receive webhooks on this machine: verify each signature, refuse invalid messages, print the
    others.
    """
    from retrain.alerts.webhook_receiver import Message, serve

    try:
        secret = None if secret_file is None else secret_file.read_text(encoding="utf8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{secret_file}: {error}") from error

    def show(message: Message) -> None:
        if as_json:
            typer.echo(
                orjson.dumps(
                    {
                        "webhook_id": message.webhook_id,
                        "verified": message.verified,
                        "body": message.body,
                    }
                )
            )
        else:
            typer.echo(message.describe())

    serve(
        port, secret, show, count, lambda address: typer.echo(f"receiving on {address}", err=True)
    )
