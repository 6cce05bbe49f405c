"""``undertone models compress``: cost and gain of quantization and pruning."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from infra.command_line import configured, example
from streams.cli.cli_app import MODEL_OR_SHIPPED, models_app
from streams.cli.table_options import LABELLED


@models_app.command(epilog=example("undertone models compress my-model --data labelled.csv.gz"))
def compress(
    data: Annotated[Path, typer.Option("--data", help=LABELLED)],
    model: Annotated[str | None, typer.Argument(help=MODEL_OR_SHIPPED)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure quantized and pruned variants of a model: size, accuracy, inference time. Writes
    nothing.
    """
    from infra import native

    settings = configured()
    native.prepare(settings.scoring.threads)
    from models.artifact import artifact
    from models.evaluation.compression import costs
    from models.registry.references import resolve
    from models.text.cleaning import clean
    from models.training.datasets import read

    reviews = read(data)
    loaded = artifact.load(resolve(model or "", settings.models))
    title = f"{loaded.name} {loaded.version} on {data.name}"
    table = Table("variant", "MB", "accuracy", "judged otherwise", "µs/review", title=title)
    rows = []
    with Console(stderr=True).status("encoding") as status:
        for cost in costs(
            loaded, [clean(text) for text in reviews.texts], reviews.positive, settings.scoring
        ):
            status.update(f"measured: {cost.variant}")
            rows.append(asdict(cost))
            figures = (
                f"{cost.megabytes:.2f}",
                f"{cost.accuracy:.4f}",
                str(cost.changed),
                f"{cost.microseconds:.0f}",
            )
            table.add_row(cost.variant, *figures)
    if as_json:
        typer.echo(orjson.dumps(rows))
    else:
        Console().print(table)
