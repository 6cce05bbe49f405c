"""Commands of the loop, which ``undertone`` finds by their entry point. Heavy libraries are imported inside the commands."""

from __future__ import annotations

import typer

app = typer.Typer()
loop_app = typer.Typer(name="loop")
app.add_typer(loop_app)

from retrain.cli import alerts_command, drift_command, history_command, label_command, loop_command, retrain_command  # noqa: E402, F401  registers the commands
