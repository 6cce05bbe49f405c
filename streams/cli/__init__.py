"""Command line. Heavy libraries are imported inside the commands that need them, so that ``--help``
is quick.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from infra.extras import missing
from schemas.errors import UndertoneError
from streams.cli.cli_app import app

INTERRUPTED = 130
ELSEWHERE = "undertone.commands"
"""Entry-point group of the commands of ``retrain``, which ``streams`` must not import."""


def main() -> None:
    """Run a command; an error is one line on standard error and a non-zero exit status."""
    from streams.cli import (  # noqa: F401
        aspects,
        data,
        gateway,
        local_stack,
        processes,
        score_and_mask,
    )
    from streams.cli.models import (  # noqa: F401
        behaviour,
        compare,
        compress,
        distillation,
        encoder,
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
    except ModuleNotFoundError as error:
        typer.echo(f"undertone: {missing(error)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output, head for example, has seen enough
        sys.stderr.close()
        sys.exit(0)
