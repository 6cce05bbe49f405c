"""``undertone train``: one model, a hyperparameter search, or the effect of augmentation."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from infra import native
from infra.command_line import configured, example
from infra.files.opening import FileOptions
from schemas.errors import InputError
from streams.cli.cli_app import app
from streams.cli.table_options import LABELLED, Delimiter, Encoding, Mapped, TextColumn, options

if TYPE_CHECKING:
    from models.augmentation import Augmentations
    from models.lab.plans import AnyPlan
    from models.training.ngram_training import Trained
    from models.training.training_settings import Progress as ReportProgress

BAG = "ngram_bag"


class Labelled(NamedTuple):
    """A file of labelled reviews, and what was said about it."""

    file: Path
    options: FileOptions


@app.command(
    epilog=example(
        "undertone train imdb_train.csv.gz --out my-model && undertone evaluate test.csv.gz "
        "--model my-model"
    )
)
def train(
    file: Annotated[Path, typer.Argument(help=LABELLED)],
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write the model or the results of a search to.")
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Name of the model; default: imdb-ngram, or the name of the network."
        ),
    ] = None,
    network: Annotated[
        str,
        typer.Option(
            "--network", help="Network: ngram_bag, rnn, lstm, gru, bilstm_attention, cnn or minilm."
        ),
    ] = BAG,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Random seed; the same seed gives the same result.")
    ] = 0,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Maximum number of epochs.")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", help="Hyperparameter as NAME=VALUE; may be repeated."),
    ] = None,
    augment: Annotated[
        str,
        typer.Option(
            "--augment",
            help=(
                "Augmentations, comma-separated: synonyms, deletion, swap, templates, "
                "back_translation."
            ),
        ),
    ] = "",
    translator: Annotated[
        str,
        typer.Option("--translator", help="Translator for back_translation, as module:callable."),
    ] = "",
    augment_report: Annotated[
        bool,
        typer.Option("--augment-report", help="Train with each augmentation alone and compare."),
    ] = False,
    search: Annotated[
        Path | None,
        typer.Option("--search", help="Search the hyperparameter space in this TOML file."),
    ] = None,
    sampler: Annotated[
        str, typer.Option("--sampler", help="Sampler of the search: tpe, random or grid.")
    ] = "tpe",
    trials: Annotated[
        int,
        typer.Option(
            "--trials", min=1, help="Total number of trials; a grid search has one per point."
        ),
    ] = 20,
    folds: Annotated[
        int,
        typer.Option(
            "--folds", min=2, help="Number of cross-validation folds, in a search or a report."
        ),
    ] = 3,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", min=1, help="Number of processes of a search; default: number of cores."
        ),
    ] = None,
    tracking: Annotated[
        str | None,
        typer.Option(
            "--tracking",
            help="MLflow tracking URI instead of the one in the settings; empty: no tracking.",
        ),
    ] = None,
    text_column: TextColumn = None,
    mapped: Mapped = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Train, calibrate and export a model, search its hyperparameters (--search), or measure
    augmentation.

    The same file, seed and settings give the same model. A killed training or search resumes where
    it was.
    """
    from models.augmentation import NAMES, choose
    from models.augmentation.translation import load_translator
    from models.lab.plans import plan

    tracking = configured().models.tracking_uri if tracking is None else tracking
    table = Labelled(file, options(text_column, mapped, delimiter, encoding))
    if search:
        _search(
            table, out, search, sampler, trials, folds, jobs or os.cpu_count() or 1, seed, tracking
        )
        return
    if network != BAG:
        native.prepare()
    chosen = plan(network, _parsed(values or []) | ({"epochs": epochs} if epochs else {}), seed)
    translate = load_translator(translator) if translator else None
    if augment_report:
        without = [each for each in NAMES if translate or each != "back_translation"]
        _report(
            table,
            out,
            chosen,
            choose(augment.split(",") if augment else without, seed, translate),
            folds,
            seed,
        )
        return
    trained = _train(
        table,
        out,
        name,
        chosen,
        choose(augment.split(",") if augment else [], seed, translate),
        tracking,
    )
    figures = trained.validation
    typer.echo(
        f"{out}: version {trained.artifact.version}, held-out accuracy {figures.accuracy:.4f}, ECE "
        f"{figures.ece:.4f}"
    )


def _train(
    table: Labelled,
    out: Path,
    name: str | None,
    plan: AnyPlan,
    augment: Augmentations,
    tracking: str,
) -> Trained:
    from models.artifact.artifact import save
    from models.artifact.model_card import model_card
    from models.lab.plans import BagPlan, described
    from models.text.cleaning import clean
    from models.training.ngram_training import train as train_bag
    from models.training.tracking import tracked

    with _bar("train") as progress:
        if isinstance(plan, BagPlan):
            name = name or "imdb-ngram"
            with tracked(tracking, name, described(plan) | augment.described()) as run:
                trained = train_bag(
                    table.file,
                    name,
                    clean,
                    plan.settings,
                    plan.encoder,
                    progress,
                    augment,
                    options=table.options,
                )
                save(trained.artifact, out, model_card(trained))
                run.parameters(
                    {key: trained.artifact.training[key] for key in ("data", "data_sha256")}
                )
                run.parameters({"fingerprint": trained.artifact.version})
                run.figures(asdict(trained.validation))
                run.folder(out)
            return trained
        from models.lab.network_training import (
            train as train_network,
        )  # Keras takes seconds to import

        return train_network(
            table.file,
            name or described(plan)["network"],
            clean,
            plan,
            out,
            progress,
            augment=augment,
            tracking_uri=tracking,
            options=table.options,
        )


def _search(
    table: Labelled,
    out: Path,
    declared: Path,
    sampler: str,
    trials: int,
    folds: int,
    jobs: int,
    seed: int,
    tracking: str,
) -> None:
    from models.lab.results import save_outcomes
    from models.lab.search import SAMPLERS, Outcome, SearchSettings, Task, search
    from models.lab.space import read_space
    from models.text.cleaning import clean
    from models.training.tracking import tracked

    if sampler not in SAMPLERS:
        raise InputError(f"there is no sampler {sampler!r}, only {', '.join(SAMPLERS)}")
    space = read_space(declared)
    if space.network != BAG:
        native.prepare()
    settings = SearchSettings(sampler, trials, folds, jobs, seed)
    task = Task(table.file, clean, space.network, folds, seed, table.options)
    parameters = {
        "network": space.network,
        "sampler": sampler,
        "folds": folds,
        "seed": seed,
        "data": table.file.name,
    }
    with (
        _bar("search") as progress,
        tracked(tracking, f"search {space.network}", parameters, setup=str(out.resolve())) as run,
    ):

        def observe(outcome: Outcome) -> None:
            with tracked(
                tracking, f"trial {outcome.number}", outcome.parameters, parent=run
            ) as trial:
                trial.figures({"accuracy": outcome.accuracy, "deviation": outcome.deviation})

        outcomes = search(task, space, settings, out, progress, observe)
        save_outcomes(outcomes, out)
        run.figures({"best_accuracy": outcomes[0].accuracy})
        run.folder(out)
    shown = Table(
        "trial", *space.parameters, "accuracy", "± of folds", title=f"{space.network}, best first"
    )
    for outcome in outcomes[:15]:
        row = [
            f"{value:.4g}" if isinstance(value, float) else str(value)
            for value in outcome.parameters.values()
        ]
        shown.add_row(
            str(outcome.number), *row, f"{outcome.accuracy:.4f}", f"{outcome.deviation:.4f}"
        )
    Console().print(shown)
    best = " ".join(f"--set {key}={value}" for key, value in outcomes[0].parameters.items())
    typer.echo(
        f"train the best: undertone train {table.file} --network {space.network} {best} --out "
        "FOLDER"
    )


def _report(
    table: Labelled, out: Path, plan: AnyPlan, augment: Augmentations, folds: int, seed: int
) -> None:
    from models.lab.augmentation_report import effects
    from models.lab.results import save_effects
    from models.text.cleaning import clean
    from models.training.datasets import read

    data = read(table.file, table.options)
    with _bar("augmentation") as progress:
        plain, found = effects(
            plan,
            [clean(text) for text in data.texts],
            data.positive,
            augment,
            folds,
            seed,
            progress,
        )
    save_effects(plain, found, out)
    shown = Table(
        "augmentation", "accuracy", "change", "95% interval", "verdict", title=f"none: {plain:.4f}"
    )
    for effect in found:
        span = f"{effect.low:+.4f} … {effect.high:+.4f}"
        shown.add_row(
            effect.name, f"{effect.accuracy:.4f}", f"{effect.change:+.4f}", span, effect.verdict
        )
    Console().print(shown)


def _parsed(values: list[str]) -> dict[str, Any]:
    """Settings as they are written in TOML; what is no TOML is a word."""
    parsed: dict[str, Any] = {}
    for pair in values:
        key, given, value = pair.partition("=")
        if not given or not key.isidentifier():
            raise InputError(f"--set {pair}: needs NAME=VALUE")
        try:
            parsed |= tomllib.loads(f"{key} = {value}")
        except tomllib.TOMLDecodeError:
            parsed[key] = value
    return parsed


@contextmanager
def _bar(title: str) -> Iterator[ReportProgress]:
    """A progress bar with the time that is left."""
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda step, done: bar.update(task, description=step, completed=done)
