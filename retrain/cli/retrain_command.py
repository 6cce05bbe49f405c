"""``undertone retrain``: retraining requests and their outcomes."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from infra.command_line import configured, example
from retrain.cli.loop_app import app

COLUMNS = (
    "requested_at",
    "language",
    "reason",
    "actor",
    "request_id",
    "outcome",
    "stage",
    "model_version",
    "outcome_reason",
)
retrain_app = typer.Typer(
    name="retrain",
    no_args_is_help=True,
    help="Request retraining, and show requests and their outcomes.",
)
app.add_typer(retrain_app)


@retrain_app.command(epilog=example("undertone retrain request en --reason 'a new product line'"))
def request(
    language: Annotated[str, typer.Argument(help="ISO 639-1 code, or *")] = "en",
    reason: Annotated[str, typer.Option("--reason", help="Reason, recorded in the history.")] = "",
) -> None:
    """Request retraining now, regardless of the policy. The request waits while a challenger is on
    trial.
    """
    from retrain.policy.policy_component import by_hand

    made = by_hand(configured(), language, getpass.getuser(), reason, datetime.now(UTC))
    typer.echo(
        f"request {made.request_id}: a better model than {made.model_name} {made.model_version} "
        f"for {language}"
    )


@retrain_app.command("try", epilog=example("undertone retrain try reviews-en/7 en"))
def try_version(
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="Registered version: NAME/VERSION or NAME@ALIAS.")
    ],
    language: Annotated[str, typer.Argument(help="ISO 639-1 code, or *")] = "en",
    reason: Annotated[str, typer.Option("--reason", help="Reason, recorded in the history.")] = "",
) -> None:
    """Put a version through the rollout as if the trainer had made it: acceptance test, shadow,
    canary, champion.
    """
    from models.registry.model_registry import Registry
    from models.registry.references import registered
    from retrain.policy.policy_component import by_hand

    settings = configured()
    found = registered(reference, Registry(settings.models)).reference
    made = by_hand(settings, language, getpass.getuser(), reason, datetime.now(UTC), found)
    typer.echo(
        f"request {made.request_id}: {found} beside {made.model_name} {made.model_version} for "
        f"{language}"
    )


@retrain_app.command(epilog=example("undertone retrain status"))
def status(
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Number of latest requests to show.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the latest retraining requests and their outcomes."""
    from infra.warehouse import connect

    with connect(configured().clickhouse) as warehouse:
        rows = warehouse.query(
            f"SELECT {', '.join(COLUMNS)} FROM retraining_runs ORDER BY requested_at DESC LIMIT "
            f"{limit}"
        )
    documents = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    if as_json:
        typer.echo(orjson.dumps(documents))
        return
    table = Table(
        "asked (UTC)",
        "language",
        "reason",
        "by",
        "request",
        "outcome",
        "now",
        "version",
        "why",
        box=box.SIMPLE,
    )
    for document in documents:
        cells = [document[name] for name in COLUMNS[1:]]
        table.add_row(
            f"{document['requested_at']:%Y-%m-%d %H:%M:%S}",
            *("waiting" if cell is None else str(cell) for cell in cells),
        )
    Console().print(
        table if documents else "nobody has asked for a better model: `undertone retrain request`"
    )
