"""Commands that run one process against the configured servers, or show the configuration."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from infra.command_line import configured, example
from infra.extras import needs
from infra.gc_tuning import loading
from infra.settings import load_settings
from streams.cli.cli_app import app

DRY_RUN = typer.Option("--dry-run", help="Show what would be done, and change nothing.")


@app.command(epilog=example("UNDERTONE_KAFKA__BOOTSTRAP_SERVERS=kafka:9092 undertone worker"))
def worker() -> None:
    """Run a worker: score reviews from reviews.raw to reviews.scored."""
    loading()
    with needs("worker"):
        from streams.worker.worker_process import run_worker

    run_worker(configured())


@app.command(
    epilog=example("UNDERTONE_CLICKHOUSE__URL=clickhouse://user:password@warehouse undertone sink")
)
def sink() -> None:
    """Run the sink: store scored reviews, feedback and dead letters in ClickHouse or in files."""
    with needs("sink"):
        from streams.sink.sink_process import run_sink

    run_sink(configured())


@app.command(epilog=example("undertone migrate --dry-run"))
def migrate(dry_run: Annotated[bool, DRY_RUN] = False) -> None:
    """Apply pending migrations to the ClickHouse database."""
    from infra import migrations
    from infra.warehouse import connect

    settings = configured()
    with connect(settings.clickhouse) as warehouse:
        steps = (migrations.plan if dry_run else migrations.migrate)(
            warehouse, settings.clickhouse.database
        )
    for step in steps:
        typer.echo(f"{'would apply' if dry_run else 'applied'} {step.name}")
    if not steps:
        typer.echo(f"database {settings.clickhouse.database} is up to date")


@app.command("settings", epilog=example("UNDERTONE_SCORING__MAX_BATCH=64 undertone settings"))
def show_settings() -> None:
    """Print the effective settings as TOML, secrets hidden."""
    import json

    console = Console(highlight=False)
    for section, values in load_settings().model_dump(mode="json").items():
        console.print(f"\\[{section}]")
        for name, value in values.items():
            if value is None:
                console.print(f"# {name} is not set", markup=False)
            else:
                console.print(f"{name} = {json.dumps(value)}", markup=False, soft_wrap=True)
        console.print()
