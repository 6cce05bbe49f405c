"""Commands that make the shipped model by distillation: ``split``, ``teach`` and ``distil``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn, TimeRemainingColumn

from infra import native
from infra.command_line import configured, example
from schemas.errors import InputError
from streams.cli.cli_app import app
from streams.cli.table_options import LABELLED, Delimiter, Encoding, Mapped, TextColumn, options

if TYPE_CHECKING:
    from models.artifact.calibration import Floats
    from models.training.training_settings import Progress as ReportProgress


@app.command(epilog=example("undertone split rotten_tomatoes.csv.gz --out parts"))
def split(
    file: Annotated[Path, typer.Argument(help=LABELLED)],
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write train.csv.gz and held_out.csv.gz to.")
    ],
    parts: Annotated[
        int, typer.Option("--parts", min=2, help="Number of equal parts, one of which is held out.")
    ] = 5,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Random seed; the same seed gives the same result.")
    ] = 0,
    text_column: TextColumn = None,
    mapped: Mapped = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Split a labelled file at random into training and held-out parts. The same file and seed give
    the same parts.
    """
    from models.training.datasets import read, write
    from models.training.folds import folds

    data = read(file, options(text_column, mapped, delimiter, encoding))
    rest, held_out = folds(len(data.texts), parts, seed)[0]
    out.mkdir(parents=True, exist_ok=True)
    for name, positions in (("train", rest), ("held_out", held_out)):
        write(
            out / f"{name}.csv.gz", [data.texts[at] for at in positions], data.positive[positions]
        )
    typer.echo(f"{out}: {len(rest)} reviews to train on, {len(held_out)} held out")


@app.command(epilog=example("undertone teach imdb_train.csv.gz parts/train.csv.gz --out teacher"))
def teach(
    files: Annotated[list[Path], typer.Argument(help=LABELLED)],
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write the teacher's soft labels to.")
    ],
    encoder: Annotated[
        str,
        typer.Option(
            "--encoder",
            help="Pretrained encoder: minilm, fine-tuned (English), or e5, frozen "
            "(many languages).",
        ),
    ] = "minilm",
    pretrained: Annotated[
        Path | None,
        typer.Option("--pretrained", help="Folder of a MiniLM; default: the installed package."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Random seed; the same seed gives the same result.")
    ] = 0,
) -> None:
    """Make soft labels: train a pretrained encoder on folds of the reviews and label the others.
    Resumes after a kill.

    MiniLM takes hours on a CPU. E5, on which only a regression is trained, takes minutes for ten
    thousand short reviews.
    """
    native.prepare()
    import numpy as np

    from models.training.datasets import read

    if encoder not in TEACHERS:
        raise InputError(f"there is no encoder {encoder!r}, only {', '.join(TEACHERS)}")
    with progress_bar("teach") as progress:
        logits = TEACHERS[encoder](files, pretrained, seed, out, progress)
    start = 0
    for file in files:
        positive = read(file).positive
        judged = logits[start : start + len(positive)]
        typer.echo(f"{file.name}: accuracy out of fold {np.mean((judged > 0) == positive):.4f}")
        start += len(positive)


def _minilm(
    files: list[Path], pretrained: Path | None, seed: int, out: Path, progress: ReportProgress
) -> Floats:
    from dataclasses import replace

    from models.lab.teacher import TeacherSettings, teach
    from models.text.cleaning import clean
    from models.text.subwords import Pretrained

    found = Pretrained.find(pretrained)
    settings = TeacherSettings(seed=seed)
    settings = replace(settings, fitting=replace(settings.fitting, seed=seed))
    return teach(files, found, clean, settings, out, progress)


def _e5(
    files: list[Path], pretrained: Path | None, seed: int, out: Path, progress: ReportProgress
) -> Floats:
    from models.lab.e5 import load
    from models.lab.frozen_teacher import FrozenSettings, teach
    from models.text.cleaning import clean

    return teach(files, load(), clean, FrozenSettings(seed=seed), out, progress)


TEACHERS = {"minilm": _minilm, "e5": _e5}


@app.command(
    epilog=example(
        "undertone distil imdb_train.csv.gz parts/train.csv.gz --teacher teacher --out my-model"
    ),
)
def distil(
    reviews: Annotated[Path, typer.Argument(help=LABELLED)],
    sentences: Annotated[
        Path | None, typer.Argument(help="File of labelled single sentences, in the same formats.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder to write the model to.")],
    teacher: Annotated[
        Path | None, typer.Option("--teacher", help="Folder that `undertone teach` wrote.")
    ] = None,
    language: Annotated[
        str, typer.Option("--language", help="ISO 639-1 code of the reviews' language: en or zh.")
    ] = "en",
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the model; default: reviews-<language>.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Random seed; the same seed gives the same result.")
    ] = 0,
    tracking: Annotated[
        str | None,
        typer.Option(
            "--tracking",
            help="MLflow tracking URI instead of the one in the settings; empty: no tracking.",
        ),
    ] = None,
) -> None:
    """Train the wide and deep network that is shipped, on labels and, if given, on a teacher's soft
    labels.
    """
    native.prepare()
    from dataclasses import asdict, replace

    from models.artifact.artifact import save
    from models.lab.network_card import student_card
    from models.lab.wide_and_deep_training import SETTINGS, train
    from models.text.cleaning import clean
    from models.training.tracking import tracked

    if language not in SETTINGS:
        raise InputError(f"there are no settings for {language!r}, only for {', '.join(SETTINGS)}")
    settings = replace(SETTINGS[language], seed=seed)
    settings = replace(settings, fitting=replace(settings.fitting, seed=seed))
    files = [reviews, *([sentences] if sentences else [])]
    name = name or f"reviews-{language}"
    uri = configured().models.tracking_uri if tracking is None else tracking
    with (
        progress_bar("distil") as progress,
        tracked(uri, name, {"network": "wide_and_deep", **asdict(settings)}) as run,
    ):
        trained = train(files, teacher, name, language, clean, settings, progress)
        save(trained.artifact, out, student_card(trained))
        run.parameters(
            {key: trained.artifact.training[key] for key in ("data", "data_sha256", "soft_labels")}
        )
        run.parameters({"fingerprint": trained.artifact.version})
        for file, figures in trained.validation.items():
            run.figures({f"{key} {file}": value for key, value in asdict(figures).items()})
        run.folder(out)
    for file, figures in trained.validation.items():
        typer.echo(f"{file}, held out: accuracy {figures.accuracy:.4f}, ECE {figures.ece:.4f}")
    typer.echo(f"{out}: {trained.artifact.name} {trained.artifact.version}")


@contextmanager
def progress_bar(title: str) -> Iterator[ReportProgress]:
    """A progress bar with the time that has gone and the time that is left."""
    columns = (*Progress.get_default_columns()[:-1], TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda step, done: bar.update(task, description=step, completed=done)
