"""Triton model repository: ``<name>/config.pbtxt`` and ``<name>/<version>/model.onnx``.

https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_repository.html
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from infra.whole_files import replaced_file
from models.artifact.artifact import ENCODER, Artifact
from models.inference.engines.port import OUTPUT
from schemas.errors import InputError

if TYPE_CHECKING:
    import onnx

Backend = Literal["onnxruntime", "python"]
"""``onnxruntime``: Triton's own, in its full image. ``python``: for a Triton that has only the
Python backend; its Python needs NumPy and onnxruntime."""

LARGEST_BATCH = 1024
WARM_UP_OF = {ENCODER: ((1, 32), 256)}
"""Batches of reviews, and ids of each, to warm up with, by the kind of network, where the usual
ones would take minutes on a CPU.
"""
CONFIG, GRAPH, SCRIPT = "config.pbtxt", "model.onnx", "model.py"

HEAD = """\
# Written by `undertone models export`.
name: "{name}"
{backend}
max_batch_size: {batch}
{inputs}
output [ {{ name: "{output}", data_type: TYPE_FP32, {dims} }} ]
# Version numbers are made of fingerprints: a larger one is not a newer one, so every version that
# is there is served, and each worker asks for its own. Remove a version's folder to retire it.
version_policy: {{ all: {{ }} }}
# Batches of several workers are merged where they are of one length.
dynamic_batching {{ preferred_batch_size: [ 256 ], max_queue_delay_microseconds: 1000 }}
model_warmup [
{warm_up}
]
"""
INPUT = """input [ {{ name: "{name}", data_type: TYPE_INT32, dims: [ -1 ] }} ]"""
WARM_UP = """  {{ name: "{count} of {length}", batch_size: {count}, {inputs} }}"""
WARM_UP_INPUT = (
    'inputs {{ key: "{name}", value: {{ data_type: TYPE_INT32, '
    "dims: [ {length} ], zero_data: true }} }}"
)
SCALAR = "dims: [ 1 ], reshape: { shape: [ ] }"
"""Of an output that is one number for each review."""
BACKENDS = {
    "onnxruntime": 'platform: "onnxruntime_onnx"',
    "python": 'backend: "python"\ninstance_group [ { kind: KIND_CPU } ]',
}


def served_version(artifact: Artifact) -> int:
    """Triton's name for the artifact's version, which must be a number: the fingerprint, read as a
    hexadecimal one.
    """
    return int(artifact.version, 16)


def write(artifact: Artifact, graph: onnx.ModelProto, folder: Path, backend: Backend) -> Path:
    """Add the artifact's version, as a graph, to a repository, beside versions that are there; the
    folder of the version.

    Raises ``InputError`` where the repository serves a model of that name with other inputs or
    through another backend.
    """
    config = _config(artifact, graph, backend)
    path = folder / artifact.name / CONFIG
    if path.exists() and path.read_text(encoding="utf8") != config:
        raise InputError(f"{path} differs from what this version needs; export to another folder")
    target = folder / artifact.name / str(served_version(artifact))
    path.parent.mkdir(parents=True, exist_ok=True)
    # A server that polls sees a whole version, or none: only folders that are called like a number
    # are versions.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="new-") as scratch:
        version = Path(scratch) / target.name
        version.mkdir()
        (version / GRAPH).write_bytes(graph.SerializeToString(deterministic=True))
        if backend == "python":
            shutil.copyfile(Path(__file__).with_name("triton_script.py"), version / SCRIPT)
        shutil.rmtree(target, ignore_errors=True)
        version.rename(target)
    if not path.exists():
        with replaced_file(path) as file:
            file.write(config.encode())
    return target


def _config(artifact: Artifact, graph: onnx.ModelProto, backend: Backend) -> str:
    counts, length = WARM_UP_OF.get(artifact.network.kind, ((1, 256), 1024))
    inputs = [tensor.name for tensor in graph.graph.input]
    classes = graph.graph.output[0].type.tensor_type.shape.dim[1:]
    warm_up_inputs = ", ".join(
        WARM_UP_INPUT.format(name=input_, length=length) for input_ in inputs
    )
    return HEAD.format(
        name=artifact.name,
        backend=BACKENDS[backend],
        batch=LARGEST_BATCH,
        inputs="\n".join(INPUT.format(name=input_) for input_ in inputs),
        output=OUTPUT,
        dims=f"dims: [ {classes[0].dim_value} ]" if classes else SCALAR,
        warm_up=",\n".join(
            WARM_UP.format(count=count, length=length, inputs=warm_up_inputs) for count in counts
        ),
    )
