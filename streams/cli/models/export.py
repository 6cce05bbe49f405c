"""``undertone models export``: export of a model to ONNX and Triton."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from infra.command_line import configured, example
from schemas.errors import InputError
from streams.cli.cli_app import MODEL_OR_SHIPPED, models_app


@models_app.command(
    epilog=example("undertone models export my-model --triton repository --backend python")
)
def export(
    model: Annotated[str | None, typer.Argument(help=MODEL_OR_SHIPPED)] = None,
    onnx: Annotated[
        Path | None,
        typer.Option("--onnx", help="ONNX file to write: ids in, calibrated probabilities out."),
    ] = None,
    triton: Annotated[
        Path | None, typer.Option("--triton", help="Triton model repository to add the model to.")
    ] = None,
    backend: Annotated[
        Literal["onnxruntime", "python"],
        typer.Option(
            "--backend",
            help="Triton backend; use python where Triton lacks the ONNX Runtime backend.",
        ),
    ] = "onnxruntime",
    int8: Annotated[
        bool, typer.Option("--int8", help="Quantize weights to 8 bits: smaller and less exact.")
    ] = False,
    float16: Annotated[
        bool, typer.Option("--fp16", help="Compute in 16 bits: half the size, for a GPU.")
    ] = False,
) -> None:
    """Write a model as an ONNX graph, or as a version in a model repository of Triton, or both.

    Workers with UNDERTONE_SCORING__ENGINE=triton request it by the model's name and this version's
    number.
    """
    if not (onnx or triton):
        raise InputError("say where to export to: --onnx FILE, --triton DIR, or both")
    if int8 and float16:
        raise InputError("--int8 or --fp16, not both")
    from infra import native
    from models.artifact import artifact
    from models.inference.engines import triton_repository
    from models.inference.engines.onnx_graph import graph
    from models.registry.references import resolve

    loaded = artifact.load(resolve(model or "", configured().models))
    if loaded.network.kind != artifact.ENCODER:  # which is converted by TensorFlow
        native.prepare()
    with Console(stderr=True).status("converting"):
        exported = graph(loaded, "int8" if int8 else "float16" if float16 else "float32")
        if onnx:
            onnx.parent.mkdir(parents=True, exist_ok=True)
            onnx.write_bytes(exported.SerializeToString(deterministic=True))
        folder = triton_repository.write(loaded, exported, triton, backend) if triton else None
    if onnx:
        typer.echo(f"{onnx}: {loaded.name} {loaded.version}, {exported.ByteSize() / 1e6:.1f} MB")
    if folder:
        typer.echo(f"{folder}: {loaded.name} {loaded.version}")
