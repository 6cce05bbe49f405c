"""``undertone models keygen``, ``sign`` and ``verify``: signatures of models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from infra.command_line import configured, example
from schemas.errors import InputError
from streams.cli.cli_app import models_app


@models_app.command(epilog=example("undertone models keygen --out signing.key"))
def keygen(
    out: Annotated[
        Path,
        typer.Option("--out", help="File to write the private key to, readable by its owner only."),
    ],
) -> None:
    """Make a key pair: the private key signs registered models, the public key lets workers verify
    them.
    """
    from models.artifact import manifest_signing

    private = manifest_signing.generate()
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(private + "\n")
    except FileExistsError as error:
        raise InputError(f"{out} is there already; a key is never overwritten") from error
    typer.echo(f'private: export UNDERTONE_MODELS__SIGNING_KEY="$(cat {out})"')
    typer.echo(
        "public:  export UNDERTONE_MODELS__TRUSTED_KEYS="
        f"'[\"{manifest_signing.public_key(private)}\"]'"
    )


@models_app.command(epilog=example("undertone models sign my-model"))
def sign(folder: Annotated[Path, typer.Argument(help="Folder of the model.")]) -> None:
    """Sign a model with UNDERTONE_MODELS__SIGNING_KEY."""
    from models.artifact import artifact, manifest_signing

    key = configured().models.signing_key
    if key is None:
        raise InputError(
            "UNDERTONE_MODELS__SIGNING_KEY is not set; `undertone models keygen` makes one"
        )
    artifact.load(folder)
    typer.echo(
        f"{folder} is signed with key {manifest_signing.sign(folder, key.get_secret_value())}"
    )


@models_app.command(epilog=example("undertone models verify my-model"))
def verify(folder: Annotated[Path, typer.Argument(help="Folder of the model.")]) -> None:
    """Check a model's digests, and its signature against UNDERTONE_MODELS__TRUSTED_KEYS."""
    from models.artifact import artifact, manifest_signing

    trusted = configured().models.trusted_keys
    loaded = artifact.load(folder)
    by = (
        f"signed with trusted key {manifest_signing.verify(folder, trusted)}"
        if trusted
        else "its signature not checked: no key is trusted"
    )
    typer.echo(f"{folder}: {loaded.name} {loaded.version} is intact, {by}")
