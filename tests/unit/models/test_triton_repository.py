"""What ``undertone models export`` writes for Triton."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from models.artifact.artifact import Artifact
from models.artifact.calibration import Calibration
from models.inference.engines.triton_repository import served_version, write
from models.text.ngrams import EncoderSettings
from models.training.ngram_training import ngram_artifact
from schemas.errors import InputError

ARTIFACT = ngram_artifact(
    "tiny", EncoderSettings(bits=4), np.linspace(-1, 1, 16), 0.5, Calibration(), {}
)


def graph(*inputs: str, classes: int | None = None) -> onnx.ModelProto:
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"])
        for name in inputs
    ]
    shape: list[str | int | None] = ["batch"] if classes is None else ["batch", classes]
    output = helper.make_tensor_value_info("probability", TensorProto.FLOAT, shape)
    return helper.make_model(helper.make_graph([], "tiny", tensors, [output]))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_versions_lie_beside_each_other_under_their_fingerprints_as_numbers(tmp_path: Path) -> None:
    other = replace(ARTIFACT, version="00000000000f")
    for artifact in (ARTIFACT, other, ARTIFACT):
        write(artifact, graph("ids"), tmp_path, "onnxruntime")
    assert served_version(other) == 15
    version = int(ARTIFACT.version, 16)
    assert files(tmp_path) == {
        "tiny/config.pbtxt",
        "tiny/15/model.onnx",
        f"tiny/{version}/model.onnx",
    }


def test_the_configuration_names_every_input_and_batches_and_warms_up(tmp_path: Path) -> None:
    write(ARTIFACT, graph("ids", "words"), tmp_path, "onnxruntime")
    config = (tmp_path / "tiny" / "config.pbtxt").read_text()
    for part in (
        'platform: "onnxruntime_onnx"',
        'name: "ids"',
        'name: "words"',
        "dynamic_batching {",
        "model_warmup [",
        "all: {",
    ):
        assert part in config
    assert config.count('key: "words"') == 2, "one review and a full batch"
    lines = [line for line in config.splitlines() if not line.startswith("#")]
    assert all(re.match(r"\w+(:| [\[{])|[\s}\]]|$", line) for line in lines), (
        "no prose but comments"
    )


def test_a_model_of_three_classes_answers_a_vector_for_each_review(tmp_path: Path) -> None:
    write(ARTIFACT, graph("pieces", classes=3), tmp_path / "three", "onnxruntime")
    write(ARTIFACT, graph("pieces"), tmp_path / "one", "onnxruntime")
    three, one = (
        (tmp_path / name / "tiny" / "config.pbtxt").read_text() for name in ("three", "one")
    )
    assert 'name: "probability", data_type: TYPE_FP32, dims: [ 3 ] }' in three
    assert "dims: [ 1 ], reshape: { shape: [ ] }" in one


def test_the_python_backend_gets_a_script_that_stands_alone(tmp_path: Path) -> None:
    folder = write(ARTIFACT, graph("ids"), tmp_path, "python")
    assert files(folder) == {"model.onnx", "model.py"}
    assert "models" not in (folder / "model.py").read_text().replace("undertone models", "")


@pytest.mark.parametrize(
    ("inputs", "backend"), [(["ids", "words"], "onnxruntime"), (["ids"], "python")]
)
def test_a_version_that_cannot_share_the_configuration_is_refused(
    tmp_path: Path, inputs: list[str], backend: str
) -> None:
    def add(artifact: Artifact, *names: str, to: str) -> None:
        write(artifact, graph(*names), tmp_path, "python" if to == "python" else "onnxruntime")

    add(ARTIFACT, "ids", to="onnxruntime")
    with pytest.raises(InputError, match="config"):
        add(replace(ARTIFACT, version="0f"), *inputs, to=backend)
    assert len(files(tmp_path)) == 2, "what was there is as it was"
