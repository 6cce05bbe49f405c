"""Commands that move records: produce, tail, replay, and SQL."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.command_line import configured, example
from streams.cli import app


@app.command(epilog=example("undertone produce reviews.csv.gz"))
def produce(
    file: Annotated[Path, typer.Argument(help="JSON lines (.jsonl), CSV or CSV.gz with a column text")],
    topic: Annotated[str, typer.Option("--topic")] = "reviews.raw",
) -> None:
    """Send a file's records to a topic, as JSON. Records without an id get one from the file's name and their number."""
    from streams.files import produce_file

    sent = produce_file(configured().kafka, file, topic)
    typer.echo(f"{sent} records sent to {topic}", err=True)


@app.command(epilog=example("undertone tail reviews.scored --max 5"))
def tail(
    topic: str,
    maximum: Annotated[int | None, typer.Option("--max", min=1, help="stop after this many")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    live: Annotated[bool, typer.Option("--live", help="only what arrives from now on")] = False,
    follow: Annotated[bool, typer.Option(help="wait for more at the end of the topic")] = True,
) -> None:
    """Show a topic's records, decoded, from the beginning."""
    from streams.tail import tail_topic

    tail_topic(configured(), topic, maximum=maximum, as_json=as_json, live=live, follow=follow)


@app.command(epilog=example("undertone replay --reason unsupported_language --dry-run"))
def replay(
    reason: Annotated[list[str] | None, typer.Option("--reason", help="only these reasons; may be repeated")] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="only those that failed at or after this time, UTC")] = None,
    maximum: Annotated[int | None, typer.Option("--max", min=1, help="at most this many")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be sent")] = False,
) -> None:
    """Send dead letters back to the topic they came from: the same key, value and headers."""
    from streams.replay import Selection, replay_dead_letters

    selection = Selection(frozenset(reason or ()), since, maximum)
    for topic, reason_code, count in replay_dead_letters(configured(), selection, dry_run=dry_run):
        typer.echo(f"{'would send' if dry_run else 'sent'} {count} to {topic} ({reason_code})")


@app.command(epilog=example("""undertone sql "SELECT * FROM sentiment_by_product LIMIT 5" """))
def sql(
    statement: str,
    output: Annotated[str, typer.Option("--format", help="any ClickHouse output format")] = "PrettyCompactMonoBlock",
) -> None:
    """Run SQL in Undertone's database and print the answer."""
    from infra.warehouse import connect

    with connect(configured().clickhouse) as warehouse:
        for chunk in warehouse.stream_text(statement, output):
            sys.stdout.write(chunk)
