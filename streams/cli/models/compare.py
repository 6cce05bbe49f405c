"""``undertone models compare``: comparison of several models, and lexicons, on the same files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress
from rich.table import Table

from infra.command_line import configured, example
from infra.settings import Settings
from schemas.errors import InputError
from streams.cli.cli_app import MODEL, models_app
from streams.cli.table_options import LABELLED

if TYPE_CHECKING:
    from models.evaluation.comparison import LabelledFile, Result
    from models.evaluation.report.tables import Table as Figures
    from models.inference.scorer import Scorer
    from models.training.datasets import LabelledReviews


SHARES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Of the reviews that cascades ask an encoder about."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model to compare; ``size`` on disk, in bytes. ``manifest``: what it says of its making,
    empty for a lexicon.
    """

    label: str
    scorer: Scorer
    size: int
    manifest: str = ""


@models_app.command(
    epilog=example("undertone models compare test.csv.gz --model my-model --lexicons --out report")
)
def compare(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=LABELLED)],
    model: Annotated[
        list[str] | None, typer.Option("--model", help=f"{MODEL} May be repeated.")
    ] = None,
    encoder: Annotated[
        Path | None,
        typer.Option(
            "--encoder",
            help="Also measure cascades of the first model and this encoder: a folder that "
            "`undertone models encoder` wrote.",
        ),
    ] = None,
    lexicons: Annotated[
        bool, typer.Option("--lexicons", help="Also measure the lexicons VADER and TextBlob.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder to write report.md, results.json and plots to."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed of the bootstrap.")] = 0,
) -> None:
    """Compare models on the same labelled reviews, cleaned but not masked: quality, cost and
    significance of differences.
    """
    from models.evaluation.comparison import as_document
    from models.evaluation.comparison import compare as side_by_side
    from models.evaluation.report.folder import write
    from models.evaluation.report.tables import tables

    settings = configured()
    console = Console(stderr=True)
    with console.status("reading files and loading models"):
        named = _read(files)
        candidates = list(_candidates(settings, model or [""], lexicons=lexicons))
        if encoder:
            candidates += _cascades(settings, (model or [""])[0], encoder)
        labelled = _labelled(named, settings, candidates)
    labels = [candidate.label for candidate in candidates]
    if len(set(labels)) < len(labels):
        raise InputError(
            "a model is given twice: "
            + ", ".join(sorted({n for n in labels if labels.count(n) > 1}))
        )
    with Progress(
        *Progress.get_default_columns(), MofNCompleteColumn(), console=console
    ) as progress:
        results = [
            _judge(candidate, file, seed, progress) for candidate in candidates for file in labelled
        ]
    comparison = side_by_side(labelled, results, seed=seed)
    if out:
        with console.status(f"writing {out}"):
            write(comparison, out)
    if as_json:
        typer.echo(orjson.dumps(as_document(comparison), option=orjson.OPT_INDENT_2))
    else:
        show(tables(comparison))
    if out:
        typer.echo(f"{out / 'report.md'} written", err=True)


def show(tables: list[Figures]) -> None:
    """To a terminal as boxes, to a file or pipe as Markdown."""
    from models.evaluation.report.tables import markdown

    console = Console()
    for table in tables:
        if not console.is_terminal:
            typer.echo(f"## {table.title}\n\n{markdown(table)}")
            continue
        grid = Table(title=table.title, box=box.SIMPLE_HEAD)
        for number, header in enumerate(table.header):
            grid.add_column(escape(header), justify="left" if number < table.names else "right")
        for row in table.rows:
            grid.add_row(*map(escape, row))
        console.print(grid)


def _read(paths: list[Path]) -> dict[str, LabelledReviews]:
    """The files by name. Raises ``InputError``."""
    from models.training.datasets import read

    files: dict[str, LabelledReviews] = {}
    for path in paths:
        if path.name in files:
            raise InputError(f"{path}: a file of that name is already given")
        files[path.name] = read(path)
    return files


def _labelled(
    files: Mapping[str, LabelledReviews], settings: Settings, candidates: Sequence[Candidate]
) -> list[LabelledFile]:
    """The files with their texts cleaned, each in a language that the candidates could judge."""
    from models.evaluation.comparison import LabelledFile
    from models.inference.classifier import Classifier
    from models.text.cleaning import clean
    from models.text.word_spans import word_count
    from streams.composition import expected_languages, identified

    scorers = [candidate.scorer for candidate in candidates]
    models = [scorer for scorer in scorers if isinstance(scorer, Classifier)]
    expected = expected_languages(settings.language, models)
    labelled: list[LabelledFile] = []
    for name, data in files.items():
        texts = [clean(text) for text in data.texts]
        words = [word_count(text) for text in texts]
        codes = identified(texts, settings, expected)
        labelled.append(LabelledFile(name, data.sha256, texts, data.positive, words, codes))
    return labelled


def _candidates(
    settings: Settings, references: list[str], *, lexicons: bool
) -> Iterator[Candidate]:
    from models.artifact.artifact import MANIFEST
    from models.evaluation.cost import size_of
    from models.inference.classifier import Classifier
    from models.registry.model_loading import own_encoder
    from models.registry.references import in_use, resolve

    if lexicons:  # first, because it fails at once where they are not installed
        from models.evaluation.lexicons import textblob, vader

        found = [vader(), textblob()]
    encoder = own_encoder(settings.models, settings.scoring)
    for reference in references:
        models = (
            settings.models.model_copy(update={"uri": reference}) if reference else settings.models
        )
        folder = resolve(in_use(models)[0], models)
        classifier = Classifier.load(str(folder), settings.scoring, encoder)
        manifest = (folder / MANIFEST).read_text(encoding="utf8")
        yield Candidate(
            f"{classifier.name} {classifier.version}", classifier, size_of(folder), manifest
        )
    if lexicons:
        for lexicon in found:
            yield Candidate(f"{lexicon.name} {lexicon.version}", lexicon, lexicon.size)


def _cascades(settings: Settings, reference: str, encoder: Path) -> Iterator[Candidate]:
    from models.artifact.artifact import STUDENT, base_kind, read_manifest
    from models.evaluation.cost import size_of
    from models.inference.classifier import Classifier
    from models.inference.encoder_tier import EncoderTier
    from models.registry.references import in_use, resolve

    models = settings.models.model_copy(update={"uri": reference}) if reference else settings.models
    folder = resolve(in_use(models)[0], models)
    if base_kind(read_manifest(folder)["network"]) != STUDENT:
        raise InputError(f"{reference}: a cascade needs a student first, such as shipped:judge")
    tier = EncoderTier()
    tier.load(resolve(str(encoder), models), settings.scoring)
    for share in SHARES:
        changed = {"engine": "cascade", "cascade_share": share}
        scoring = settings.scoring.model_copy(update=changed)
        classifier = Classifier.load(str(folder), scoring, tier)
        label = f"{classifier.name} {classifier.version}, {share:.0%} by the encoder"
        yield Candidate(label, classifier, size_of(folder) + size_of(encoder))


def _judge(candidate: Candidate, file: LabelledFile, seed: int, progress: Progress) -> Result:
    from models.evaluation.comparison import judge
    from models.evaluation.cost import score_timed, summarise
    from models.inference.classifier import UNKNOWN_LANGUAGE, Classifier
    from models.inference.scorer import InLanguages

    task = progress.add_task(f"{candidate.label} on {file.name}", total=len(file.texts))
    scorer = candidate.scorer
    if isinstance(scorer, Classifier):
        scorer = InLanguages(
            scorer, UNKNOWN_LANGUAGE, dict(zip(file.texts, file.languages, strict=True))
        )
    scores, readings = score_timed(
        scorer,
        file.texts,
        wall=time.perf_counter,
        processor=time.process_time,
        progress=lambda count: progress.update(task, advance=count),
    )
    trained_on = file.sha256 in candidate.manifest
    return judge(
        candidate.label,
        file,
        scores,
        summarise(readings, candidate.size),
        trained_on=trained_on,
        seed=seed,
    )
