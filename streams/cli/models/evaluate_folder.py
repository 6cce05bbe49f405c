"""``undertone evaluate FOLDER``: quality of a model on many sets of labelled reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from infra.files import FileOptions
from infra.settings import Settings

if TYPE_CHECKING:
    from models.inference.classifier import Classifier

CHUNK = 1024


def evaluate_folder(
    folder: Path,
    classifier: Classifier,
    settings: Settings,
    options: FileOptions,
    *,
    as_json: bool,
) -> None:
    """Print figures by set and, over all sets, by language, domain, length and source of labels.
    Raises ``InputError``.
    """
    figures = figures_of(folder, classifier, settings, options)
    if as_json:
        typer.echo(orjson.dumps(figures, option=orjson.OPT_SERIALIZE_NUMPY))
        return
    console = Console()
    for name, parts in figures["by"].items():
        if name == "set" or len(parts) > 1:
            title = f"{figures['model']} on {folder.name}, by {name}"
            console.print(_table(title, parts, figures["mean"] if name == "set" else None))
    console.print(
        f"{figures['reviews']:,} reviews, {figures['unlabelled']:,} without a label left out; "
        "±: half of the 95% interval"
    )


def figures_of(
    folder: Path, classifier: Classifier, settings: Settings, options: FileOptions
) -> dict[str, Any]:
    """All figures, for JSON."""
    from models.evaluation.by_part import by_part, mean
    from models.evaluation.slices import NAMES, length_band
    from models.labels import Judgement
    from models.text.cleaning import clean
    from models.text.word_spans import word_count
    from models.training import labelled_sets
    from streams.composition import expected_languages, identified

    expected = expected_languages(settings.language, [classifier])
    paths = labelled_sets.files(folder)
    parts, labels, unlabelled = [], [], 0
    names: dict[str, list[str]] = {
        key: [] for key in ("set", "language", "domain", "length", "label source")
    }
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("judging", total=len(paths))
        for path in paths:
            progress.update(task, description=path.name)
            data = labelled_sets.read(path, options)
            texts = [clean(text) for text in data.texts]
            untold = [text for text, code in zip(texts, data.languages, strict=True) if not code]
            told = iter(identified(untold, settings, expected))
            codes = [code or next(told) for code in data.languages]
            parts += [
                classifier.judge(texts[at : at + CHUNK], codes[at : at + CHUNK])
                for at in range(0, len(texts), CHUNK)
            ]
            labels += data.labels
            unlabelled += data.unlabelled
            names["set"] += [data.name] * len(texts)
            names["language"] += codes
            names["domain"] += [domain or "not said" for domain in data.domains]
            names["length"] += [f"{length_band(word_count(text))} words" for text in texts]
            names["label source"] += data.sources
            progress.advance(task)
    judgement = Judgement.joined(parts)
    by = {key: by_part(values, judgement, labels) for key, values in names.items()}
    order = [f"{name} words" for name in NAMES]
    by["length"] = tuple(sorted(by["length"], key=lambda part: order.index(part.name)))
    return {
        "model": f"{classifier.name} {classifier.version}",
        "reviews": len(labels),
        "unlabelled": unlabelled,
        "mean": mean(by["set"]),
        "by": {key: [asdict(part) for part in found] for key, found in by.items()},
    }


def _table(
    title: str, parts: Sequence[Mapping[str, Any]], means: Mapping[str, float] | None
) -> Table:
    table = Table(title=title)
    table.add_column("", overflow="fold")
    for name in ("reviews", "macro-F1", "accuracy", "balanced", "ECE"):
        table.add_column(name, justify="right", no_wrap=True)
    for part in parts:
        balanced = part["balanced"]
        table.add_row(
            part["name"],
            f"{part['reviews']:,}",
            _give_or_take(part["f1"], part["f1_interval"]),
            _give_or_take(part["accuracy"], part["accuracy_interval"]),
            "" if balanced is None else f"{balanced:.3f}",
            f"{part['ece']:.3f}",
        )
    if means is not None and len(parts) > 1:
        table.add_section()
        f1, accuracy, balanced, ece = (
            f"{means[name]:.3f}" if name in means else ""
            for name in ("f1", "accuracy", "balanced", "ece")
        )
        table.add_row("mean", "", f1, accuracy, balanced, ece)
    return table


def _give_or_take(value: float, interval: Mapping[str, float]) -> str:
    return f"{value:.3f} ± {(interval['high'] - interval['low']) / 2:.3f}"
