"""The loop's commands, which ``undertone`` finds by their entry point. Heavy libraries are imported inside the commands."""

from __future__ import annotations

import typer

app = typer.Typer()
