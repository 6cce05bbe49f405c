"""``undertone models behaviour``: figures of models on the behaviour suite."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import orjson
import typer

from infra.command_line import configured, example
from schemas.errors import InputError
from streams.cli.cli_app import MODEL, models_app
from streams.cli.models.compare import show


@models_app.command(
    epilog=example("undertone models behaviour --model my-model --model shipped:judge")
)
def behaviour(
    model: Annotated[
        list[str] | None, typer.Option("--model", help=f"{MODEL} May be repeated.")
    ] = None,
    wrong: Annotated[
        bool, typer.Option("--wrong", help="Also show the cases that each model has wrong.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask models for the cases of the behaviour suite in the languages that they serve: negation,
    comparatives, emoji and the like, and words that must change nothing.
    """
    from models.evaluation.behaviour.observing import observe
    from models.evaluation.behaviour.suite import load
    from models.evaluation.behaviour.tables import behaviour_tables, mistakes
    from streams.composition import build_classifier

    settings = configured()
    observed = {}
    for reference in model or [""]:
        named = {"uri": reference} if reference else {}
        classifier = build_classifier(settings.models.model_copy(update=named), settings.scoring)
        suite = load().of(classifier.languages)
        name = f"{classifier.name} {classifier.version}"
        if not suite.cases:
            raise InputError(f"{name}: the behaviour suite has no cases in its languages")
        observed[name] = observe(classifier.judge, suite)
    shown = behaviour_tables(observed)
    shown += [mistakes(found) for found in observed.values()] if wrong else []
    if as_json:
        typer.echo(orjson.dumps([asdict(table) for table in shown], option=orjson.OPT_INDENT_2))
    else:
        show(shown)
