"""``undertone evaluate``: quality and speed of a model on labelled reviews."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from infra.command_line import configured, example
from streams.cli.cli_app import MODEL, app
from streams.cli.table_options import LABELLED, Delimiter, Encoding, Mapped, TextColumn, options

CHUNK = 1024


@app.command(epilog=example("undertone evaluate imdb_test_a.csv.gz --json"))
def evaluate(
    file: Annotated[Path, typer.Argument(help=LABELLED)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    model: Annotated[str | None, typer.Option("--model", help=MODEL)] = None,
    text_column: TextColumn = None,
    mapped: Mapped = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Evaluate a model on labelled reviews, cleaned but not masked."""
    import numpy as np

    from models.evaluation.classification_metrics import evaluate as measure
    from models.evaluation.significance import bootstrap
    from models.evaluation.slices import by_language, by_length
    from models.text.cleaning import clean
    from models.text.word_spans import word_count
    from models.training.datasets import read
    from streams.composition import build_classifier, build_languages

    settings = configured()
    data = read(file, options(text_column, mapped, delimiter, encoding))
    models = settings.models.model_copy(update={"uri": model}) if model else settings.models
    classifier = build_classifier(models, settings.scoring)
    scores = []
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("scoring", total=len(data.texts))
        began = time.perf_counter()
        for start in range(0, len(data.texts), CHUNK):
            scores.append(
                classifier.score([clean(text) for text in data.texts[start : start + CHUNK]])
            )
            progress.update(task, advance=len(scores[-1]))
        seconds = time.perf_counter() - began
    found = np.concatenate(scores)
    texts = [clean(text) for text in data.texts]
    languages = build_languages(settings.language)
    expected = settings.language.supported or frozenset(classifier.languages)
    right = (found >= 0.5) == data.positive
    figures = asdict(measure(found, data.positive)) | {"neutral_left_out": data.neutral}
    figures |= {
        "intervals": asdict(bootstrap(found, data.positive)),
        "by_length": [
            asdict(part) for part in by_length([word_count(text) for text in texts], right)
        ],
        "by_language": [
            asdict(part)
            for part in by_language(
                [languages.identify(text, expected).code for text in texts], right
            )
        ],
    }
    figures |= {
        "reviews_per_second": round(len(data.texts) / seconds, 1),
        "model": f"{classifier.name} {classifier.version}",
    }
    if as_json:
        typer.echo(orjson.dumps(figures))
        return
    table = Table("figure", "value", title=f"{figures['model']} on {file.name}")
    for name, value in figures.items():
        if name in ("by_length", "by_language"):
            for part in value:
                table.add_row(
                    f"accuracy, {part['name']}",
                    f"{part['accuracy']:.4f} ({part['reviews']} reviews)",
                )
        elif name == "intervals":
            for figure, interval in value.items():
                table.add_row(
                    f"{figure}, 95% interval",
                    f"{interval['low']:.4f} to {interval['high']:.4f}" if interval else "none",
                )
        else:
            table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    Console().print(table)
