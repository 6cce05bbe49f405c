"""Commands that move records: ``produce``, ``tail``, ``replay``, and ``sql``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.command_line import configured, example
from schemas.topics import FEEDBACK
from streams.cli.cli_app import app
from streams.cli.table_options import (
    TABLE,
    Delimiter,
    Encoding,
    IdColumn,
    Mapped,
    TextColumn,
    options,
)


@app.command(
    epilog=example("undertone produce reviews.csv.gz --text-column reviewText --map rating=overall")
)
def produce(
    file: Annotated[Path, typer.Argument(help=f"File of records: {TABLE}.")],
    topic: Annotated[str, typer.Option("--topic", help="Topic to send to.")] = "reviews.raw",
    text_column: TextColumn = None,
    id_column: IdColumn = None,
    mapped: Mapped = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Send the rows of a file to a topic, as JSON. A row without an id gets one made of the file's
    name and its number.

    Without a text column nothing is sent. Rows that the stream would refuse are left out and
    listed, and the exit status is 1. Sending a file again, after Ctrl-C for example, sends the same
    ids: nothing is counted twice.
    """
    from streams.file_producer import Account, Source
    from streams.file_producer import produce as send

    identity = "feedback_id" if topic == FEEDBACK.name else "review_id"
    asked = options(text_column, mapped, delimiter, encoding, identity=(identity, id_column))
    source, account = Source.of(file, topic, asked), Account()
    for note in source.notes():
        typer.echo(note, err=True)
    try:
        send(configured().kafka, source, topic, account)
    finally:
        for line in account.lines(topic):
            typer.echo(line, err=True)
    if account.refused:
        raise typer.Exit(1)


@app.command(epilog=example("undertone tail reviews.scored --max 5"))
def tail(
    topic: Annotated[str, typer.Argument(help="Topic to read.")],
    maximum: Annotated[
        int | None, typer.Option("--max", min=1, help="Maximum number of records to print.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per line.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Only records that arrive from now on.")
    ] = False,
    follow: Annotated[
        bool, typer.Option(help="Wait for more records at the end of the topic.")
    ] = True,
) -> None:
    """Print the decoded records of a topic, from the beginning."""
    from streams.tail import tail_topic

    tail_topic(configured(), topic, maximum=maximum, as_json=as_json, live=live, follow=follow)


@app.command(epilog=example("undertone replay --reason unsupported_language --dry-run"))
def replay(
    reason: Annotated[
        list[str] | None,
        typer.Option("--reason", help="Only dead letters with this reason; may be repeated."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", help="Only dead letters that failed at or after this time, in UTC."
        ),
    ] = None,
    maximum: Annotated[
        int | None, typer.Option("--max", min=1, help="Maximum number of dead letters to send.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")
    ] = False,
) -> None:
    """Send dead letters back to the topic they came from, with the same key, value and headers."""
    from streams.replay import Selection, replay_dead_letters

    selection = Selection(frozenset(reason or ()), since, maximum)
    for topic, reason_code, count in replay_dead_letters(configured(), selection, dry_run=dry_run):
        typer.echo(f"{'would send' if dry_run else 'sent'} {count} to {topic} ({reason_code})")


@app.command(epilog=example("""undertone sql "SELECT * FROM sentiment_by_product LIMIT 5" """))
def sql(
    statement: Annotated[str, typer.Argument(help="SQL statement.")],
    output: Annotated[
        str, typer.Option("--format", help="ClickHouse output format.")
    ] = "PrettyCompactMonoBlock",
) -> None:
    """Run SQL on the ClickHouse database and print the result."""
    from infra.warehouse import connect

    with connect(configured().clickhouse) as warehouse:
        for chunk in warehouse.stream_text(statement, output):
            sys.stdout.write(chunk)
