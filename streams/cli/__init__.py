"""Command line. Heavy libraries are imported inside the commands that need them, so that ``--help`` is quick."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from schemas.errors import UndertoneError

INTERRUPTED = 130
REFERENCE = "folder, models:/NAME/VERSION, models:/NAME@ALIAS or shipped:NAME"
MODEL = f"{REFERENCE}; default is the one in use"
MODEL_OR_SHIPPED = f"{REFERENCE}; default is the one shipped"

app = typer.Typer(
    name="undertone",
    help="Reviews in on Kafka; masked, scored sentiment out; predictions in ClickHouse.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(name="models", help="Register, promote, compare, explain, export and compress models.")
app.add_typer(models_app)

ELSEWHERE = "undertone.commands"
"""Entry points of the commands of the room that this one does not know: ``retrain``."""


def main() -> None:
    """Run a command: what goes wrong is one line on standard error and a status that is not 0."""
    from streams.cli import data, gateway, local_stack, processes, score_and_mask  # noqa: F401
    from streams.cli.models import (  # noqa: F401
        compare,
        compress,
        distillation,
        evaluate,
        explain,
        export,
        gate,
        model_versions,
        sign,
        traffic,
        train,
        train_names,
    )

    for commands in entry_points(group=ELSEWHERE):
        app.add_typer(commands.load())
    try:
        app()
    except UndertoneError as error:
        typer.echo(f"undertone: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output, head for example, has seen enough
        sys.stderr.close()
        sys.exit(0)
