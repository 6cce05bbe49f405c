"""The Typer applications that the modules of the command line register their commands with."""

from __future__ import annotations

import typer

REFERENCE = "Model: folder, models:/NAME/VERSION, models:/NAME@ALIAS or shipped:NAME"
MODEL = f"{REFERENCE}; default: the one in use."
MODEL_OR_SHIPPED = f"{REFERENCE}; default: the shipped one."

app = typer.Typer(
    name="undertone",
    help="Sentiment of customer reviews: from Kafka, masked and scored, to Kafka and ClickHouse.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
models_app = typer.Typer(
    name="models", help="Register, promote, compare, explain, export and compress models."
)
app.add_typer(models_app)
