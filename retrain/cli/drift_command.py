"""``undertone drift``: findings of the detectors, and their reference."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from infra.command_line import configured, example
from retrain.cli.loop_app import app

CHUNK = 1024
COLUMNS = (
    "window_start",
    "window_end",
    "segment",
    "kind",
    "reviews",
    "drifted",
    "fires",
    "detectors",
    "p_value",
    "model_version",
)
drift_app = typer.Typer(
    name="drift",
    no_args_is_help=True,
    help="Show the findings of the drift detectors, and set their reference.",
)
app.add_typer(drift_app)


@drift_app.command(epilog=example("undertone drift status --limit 50"))
def status(
    limit: Annotated[
        int,
        typer.Option(
            "--limit", min=1, help="Number of latest windows to show, by segment and kind."
        ),
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the latest windows, whether they drifted and were reported, and the data-quality checks
    that fail now.
    """
    from infra.warehouse import connect

    with connect(configured().clickhouse) as warehouse:
        order = f"ORDER BY window_start DESC, segment, kind LIMIT {limit}"
        rows = warehouse.query(f"SELECT {', '.join(COLUMNS)} FROM drift_windows {order}")
        failing = warehouse.query(
            "SELECT name, value, expected, failing_since FROM data_quality_now WHERE failed = 1 "
            "ORDER BY name"
        )
    documents = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    if as_json:
        checks = [
            dict(zip(("name", "value", "expected", "failing_since"), row, strict=True))
            for row in failing
        ]
        typer.echo(orjson.dumps({"windows": documents, "failing_checks": checks}))
        return
    table = Table("window (UTC)", "segment", "kind", "reviews", "drift", "by", "p", box=box.SIMPLE)
    for each in documents:
        drift = "told" if each["fires"] else "seen" if each["drifted"] else "-"
        window = f"{each['window_start']:%Y-%m-%d %H:%M:%S} … {each['window_end']:%H:%M:%S}"
        found = ", ".join(map(str, each["detectors"]))  # type: ignore[call-overload]
        table.add_row(
            window,
            str(each["segment"]),
            str(each["kind"]),
            str(each["reviews"]),
            drift,
            found,
            f"{each['p_value']:.2g}",
        )
    console = Console()
    console.print(table if documents else "no window has been evaluated yet")
    for name, value, expected, since in failing:
        console.print(
            f"data quality: {name} is {value:.3g} (limit {expected:.3g}) since "
            f"{since:%Y-%m-%d %H:%M:%S}"
        )


@drift_app.command(epilog=example("undertone drift reference held_out.csv.gz --language en"))
def reference(
    file: Annotated[
        Path,
        typer.Argument(
            help=(
                "CSV(.gz) with the columns text and label, of masked reviews that the champion "
                "was not trained on."
            )
        ),
    ],
    language: Annotated[str, typer.Option("--language", help="ISO 639-1 code")] = "en",
) -> None:
    """Set the drift reference: compare windows from now on with these reviews, scored by the
    champion on the engine of the settings, which should be the workers' settings.
    """
    import hashlib

    from infra.warehouse import connect
    from models.labels import decide
    from models.registry.model_loading import load_model
    from models.rollout.announcements import champions
    from models.training.datasets import read
    from retrain.drift.reference_reviews import Key, keep
    from schemas.errors import InputError

    settings, moment = configured(), datetime.now(UTC)
    now = moment.replace(
        microsecond=moment.microsecond // 1000 * 1000
    )  # as exact as ClickHouse keeps it
    champion = champions(settings).get(language)
    if champion is None:
        raise InputError(f"no champion serves language {language}")
    texts = read(file).texts[: settings.drift.max_reviews]
    if len(texts) < settings.drift.min_reviews:
        raise InputError(f"{file}: fewer than {settings.drift.min_reviews} reviews")
    classifier = load_model(champion.uri, settings.models, settings.scoring, None)
    rows: list[tuple[object, ...]] = []
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("scoring", total=len(texts))
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            ids = (
                hashlib.sha256(text.encode("utf8", "surrogatepass")).hexdigest()[:32]
                for text in chunk
            )
            judged = classifier.judge(chunk, [language] * len(chunk))
            if judged.degraded is not None:
                raise InputError(
                    "the encoder of the cascade did not answer, which scores the stream too: try "
                    "again when it does"
                )
            rows += [
                (identity, "", "", text, said.score, said.probabilities or {})
                for identity, text, said in zip(ids, chunk, decide(judged), strict=True)
            ]
            progress.update(task, advance=len(chunk))
    key = Key(champion, language, file.name, now)
    with connect(settings.clickhouse) as warehouse:
        keep(warehouse, key, rows, now)
    typer.echo(f"{language}: the drift reference is {len(rows):,} reviews, {key}")
