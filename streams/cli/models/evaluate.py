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
from schemas.errors import InputError
from streams.cli.cli_app import MODEL, app
from streams.cli.models.evaluate_aspects import evaluate_aspects
from streams.cli.models.evaluate_folder import evaluate_folder
from streams.cli.table_options import LABELLED, Delimiter, Encoding, Mapped, TextColumn, options

CHUNK = 1024


FOLDER = " Or a folder of such files, each a set of its own."


@app.command(epilog=example("undertone evaluate imdb_test_a.csv.gz --json"))
def evaluate(
    file: Annotated[Path, typer.Argument(help=LABELLED + FOLDER)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    model: Annotated[str | None, typer.Option("--model", help=MODEL)] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            help="Of a folder: figures of another model to compare with, as --json printed them.",
        ),
    ] = None,
    aspects: Annotated[
        bool,
        typer.Option(
            "--aspects",
            help="Of a folder: aspect terms and their polarities, by the column `aspects`.",
        ),
    ] = False,
    text_column: TextColumn = None,
    mapped: Mapped = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Evaluate a model on labelled reviews, cleaned but not masked; neutral ones count apart, where
    the model has three classes.

    Of a folder, figures in three classes by set, language, domain, length and source of labels,
    with the columns `language` (or `lang`), `domain` and `stars` where the files have them.
    Of aspects, F1 of the terms found and accuracy of the polarities of marked ones; the column
    `aspects` holds a JSON list of {start, end, polarity, category}.
    """
    from models.evaluation.classification_metrics import evaluate as measure
    from models.evaluation.classification_metrics import evaluate_classes
    from models.evaluation.significance import bootstrap
    from models.evaluation.slices import by_language, by_length
    from models.labels import CLASSES, LABELS, Judgement, sides
    from models.text.cleaning import clean
    from models.text.word_spans import word_count
    from models.training.datasets import read
    from streams.composition import build_classifier, expected_languages, identified

    if aspects:
        if not file.is_dir():
            raise InputError("--aspects evaluates a folder, not a file")
        evaluate_aspects(file, model, as_json=as_json, against=against)
        return
    settings = configured()
    given = options(text_column, mapped, delimiter, encoding)
    models = settings.models.model_copy(update={"uri": model}) if model else settings.models
    if file.is_dir():
        classifier = build_classifier(models, settings.scoring)
        evaluate_folder(file, classifier, settings, given, as_json=as_json, against=against)
        return
    if against:
        raise InputError("--against compares figures of a folder, not of a file")
    data = read(file, given)
    classifier = build_classifier(models, settings.scoring)
    texts = [clean(text) for text in (*data.texts, *data.neutral_texts)]
    expected = expected_languages(settings.language, [classifier])
    codes = identified(texts, settings, expected)
    parts = []
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("scoring", total=len(texts))
        began = time.perf_counter()
        for start in range(0, len(texts), CHUNK):
            chunk = slice(start, start + CHUNK)
            parts.append(classifier.judge(texts[chunk], codes[chunk]))
            progress.update(task, advance=len(parts[-1]))
        seconds = time.perf_counter() - began
    judgement, sided = Judgement.joined(parts), len(data.texts)
    found = sides(judgement.probabilities)[:sided]
    right = (found >= 0.5) == data.positive
    three = judgement.probabilities.shape[1] == CLASSES
    figures = asdict(measure(found, data.positive)) | {
        "neutral_left_out": 0 if three else data.neutral
    }
    if three:
        truth = [LABELS.index("positive" if label else "negative") for label in data.positive]
        truth += [LABELS.index("neutral")] * data.neutral
        figures["three_classes"] = asdict(evaluate_classes(judgement, truth))
    figures |= {
        "intervals": asdict(bootstrap(found, data.positive)),
        "by_length": [
            asdict(part) for part in by_length([word_count(text) for text in texts[:sided]], right)
        ],
        "by_language": [asdict(part) for part in by_language(codes[:sided], right)],
    }
    figures |= {
        "reviews_per_second": round(len(texts) / seconds, 1),
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
        elif name == "three_classes":
            for figure, number in value.items():
                shown = f"{number:.4f}" if isinstance(number, float) else str(number)
                table.add_row(f"{figure}, three classes", shown)
        elif name == "intervals":
            for figure, interval in value.items():
                table.add_row(
                    f"{figure}, 95% interval",
                    f"{interval['low']:.4f} to {interval['high']:.4f}" if interval else "none",
                )
        else:
            table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    Console().print(table)
