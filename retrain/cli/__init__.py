"""The loop's commands, which ``undertone`` finds by their entry point. Heavy libraries are imported inside the commands."""

from __future__ import annotations

import typer

app = typer.Typer()

from retrain.cli import drift  # noqa: E402, F401  registers the commands
