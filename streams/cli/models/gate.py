"""``undertone models gate``: non-inferiority check of a model before a release."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from infra.command_line import configured, example
from streams.cli.cli_app import MODEL, MODEL_OR_SHIPPED, models_app
from streams.cli.table_options import LABELLED


@models_app.command(
    epilog=example(
        "undertone models gate test.csv.gz --model my-model --against models:/reviews-en@champion"
    )
)
def gate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=LABELLED)],
    model: Annotated[str, typer.Option("--model", help=f"Candidate. {MODEL}")],
    against: Annotated[
        str, typer.Option("--against", help=f"Champion. {MODEL_OR_SHIPPED}")
    ] = "shipped:reviews-en",
    max_loss: Annotated[
        float,
        typer.Option(
            "--max-loss",
            min=0,
            max=1,
            help="Non-inferiority margin: accuracy that the candidate may lose.",
        ),
    ] = 0.01,
    max_error: Annotated[
        float,
        typer.Option("--max-error", min=0, max=1, help="Maximum rise of the calibration error."),
    ] = 0.01,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Exit with status 1 unless a model is shown to be non-inferior to another on labelled reviews
    and is no worse on the behaviour suite, in the languages that both serve, by more than
    UNDERTONE_RETRAINING__MAX_BEHAVIOUR_LOSS.
    """
    from models.evaluation.behaviour.comparing import compare
    from models.evaluation.behaviour.observing import observe
    from models.evaluation.behaviour.suite import load
    from models.evaluation.gate import Limits, decide
    from models.labels import sides
    from models.text.cleaning import clean
    from models.training.datasets import read
    from streams.composition import build_classifier, expected_languages, identified

    settings = configured()
    data = read(file)
    models = [
        build_classifier(settings.models.model_copy(update={"uri": reference}), settings.scoring)
        for reference in (against, model)
    ]
    texts = [clean(text) for text in data.texts]
    codes = identified(texts, settings, expected_languages(settings.language, models))
    suite = load().of(set.intersection(*(set(each.languages) for each in models)))
    champion, candidate = (observe(each.judge, suite) for each in models)
    behaviour = compare(champion, candidate, settings.retraining.max_behaviour_loss)
    before, after = (sides(each.judge(texts, codes).probabilities) for each in models)
    limits = Limits(max_loss, max_error)
    decision = decide(before, after, data.positive, limits, behaviour)
    if as_json:
        typer.echo(orjson.dumps(asdict(decision) | {"behaviour": behaviour.as_document()}))
    else:
        typer.echo(
            f"{decision.reviews} reviews: accuracy {decision.champion_accuracy:.4f} → "
            f"{decision.candidate_accuracy:.4f}, "
            f"calibration error {decision.champion_error:.4f} → {decision.candidate_error:.4f}"
        )
        if not suite.cases:
            typer.echo("the behaviour suite has no case in a language that both serve")
    for reason in decision.reasons:
        typer.echo(f"refused: {reason}", err=True)
    if decision.reasons:
        raise typer.Exit(1)
