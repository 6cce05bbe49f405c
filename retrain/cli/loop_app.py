"""The Typer applications that the commands of the loop register themselves with."""

from __future__ import annotations

import typer

app = typer.Typer()
loop_app = typer.Typer(name="loop")
app.add_typer(loop_app)
