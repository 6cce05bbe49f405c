"""Subjects of the measurement: the shipped models and the multilingual encoder, by engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from bench.device import flops
from bench.device.machine import Device, Precision
from bench.device.measuring import Place, Prepared, Subject
from bench.device.plan import DevicePlan
from bench.reviews import of_length
from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.artifact.artifact import ENCODER, Artifact, Part
from models.artifact.calibration import Calibration
from models.inference import encoders, engines
from models.inference.classifier import Classifier
from models.inference.engines.port import Engine
from models.inference.network_reader import HEAVY, Network
from models.inference.scorer import Reader
from models.multilingual import encoder_artifact, encoder_weights
from models.networks.bert_shape import EncoderShape
from models.text.ngrams import pad
from schemas.errors import InputError

PIECES, CHARACTERS = "pieces", "characters"
FIRST_PIECE = 8
"""The ids below are padding and marks, which a text has few of."""
Peaks = Mapping[Precision, float]


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars an hour, of a GPU with the machine around it and of one core."""

    gpu: float
    core: float

    def on(self, device: Device) -> Place:
        """The device as a place: a GPU, or one core."""
        return Place("GPU", self.gpu) if device.kind == "GPU" else self.one_core

    @property
    def one_core(self) -> Place:
        """A core of the CPU."""
        return Place("CPU", self.core, by_cpu=True)

    @property
    def one_core_by_the_clock(self) -> Place:
        """The same for a server and what is beside it: of another process there is no processor
        time here.
        """
        return Place("CPU, by the clock", self.core)


@dataclass(slots=True)
class Feed:
    """``Run`` that judges the reviews of a pool in turn. ``judge``: of those in a slice."""

    judge: Callable[[slice], object]
    size: int
    at: int = 0

    def __call__(self, count: int) -> object:
        """The next ``count``, at most ``size``. Raises ``MemoryError`` where the device has too
        little memory.
        """
        if self.at + count > self.size:
            self.at = 0
        part = slice(self.at, self.at + count)
        self.at += count
        try:
            return self.judge(part)
        except Exception as error:
            # TensorFlow's own class, which only it can name
            if type(error).__name__ != "ResourceExhaustedError":
                raise
            raise MemoryError("does not fit into the device's memory") from error


@dataclass(frozen=True, slots=True)
class Encoder:
    """``weights``: where they come from, in words. ``reads``: whether it has its tokenizer."""

    artifact: Artifact
    weights: str
    reads: bool = True

    @property
    def shape(self) -> EncoderShape:
        """Of its network."""
        return EncoderShape(**self.artifact.network.config)


def find_encoder(folder: Path | None, layers: Path = encoder_weights.FOLDER) -> Encoder:
    """The model in a folder; else made of the layers of the repository and the installed packages,
    or without these with a random table of word pieces, which takes as long.

    Raises ``ModelNotFound`` or ``ModelIntegrityError``.
    """
    if folder is not None:
        return Encoder(artifacts.load(folder), "those of the folder given")
    try:
        return Encoder(encoder_artifact.build(layers), "the shipped ones")
    except InputError as error:
        made = with_random_table(layers)
        return Encoder(
            made, f"the shipped layers on a random table of word pieces ({error})", False
        )


def with_random_table(layers: Path) -> Artifact:
    """The encoder of these layers with a table of the right size, and no tokenizer."""
    weights = encoder_weights.load(layers)
    count = weights.shape.vocabulary + encoder_artifact.SHIFT
    random = np.random.default_rng(0)
    kept = {name: (array, encoder_weights.how(array)) for name, array in weights.arrays.items()}
    rows = random.integers(-127, 128, (count, weights.shape.width), np.int8)
    kept[encoder_artifact.ROWS] = rows, "exact"
    kept[encoder_artifact.SCALES] = np.full((count, 1), 1e-3, np.float32), "float32"
    return artifacts.make(
        encoder_artifact.NAME,
        Part(ENCODER, asdict(replace(weights.shape, vocabulary=count))),
        Part(encoders.PIECES, {}),
        kept,
        Calibration(1.0, 0.0),
        {},
    )


@dataclass(frozen=True, slots=True)
class Subjects:
    """The subjects of a plan on a device. ``texts``: English reviews, to cut to length."""

    encoder: Encoder
    plan: DevicePlan
    device: Device
    peaks: Peaks
    prices: Prices
    texts: Sequence[str]

    @property
    def steps(self) -> int:
        """How many lengths ``all`` and ``film_network`` have in total."""
        networks = len(self.device.precisions) + (self.device.kind == "CPU")
        others = 3 + self.encoder.reads
        return networks * len(self.plan.pieces) + others * len(self.plan.characters)

    def all(self) -> Iterator[Subject]:
        """All but ``film_network``. Each is loaded when it is asked for."""
        for folder in (artifacts.JUDGE, artifacts.PRETRAINED):
            model = Classifier.load(str(folder))
            yield self.from_text(model.name, "numba", model, self.prices.one_core)
        for precision in self.device.precisions:
            engine = self.tensorflow(self.encoder.artifact, precision)
            peak = self.peaks[precision]
            yield self.network(engine, f"tensorflow, {precision}", self._device, peak)
        name = "tensorflow"
        if self.device.kind == "CPU":
            name = ScoringSettings().encoder_engine
            engine = self._start(self.encoder.artifact, name)
            yield self.network(engine, name, self._device)
        if self.encoder.reads:
            cells = HEAVY[ENCODER]
            reader = Network(encoders.build(self.encoder.artifact), engine, cells)
            yield self.from_text("encoder", name, reader, self._device)

    def network(
        self,
        engine: Engine,
        described: str,
        place: Place,
        peak: float | None = None,
        *,
        served: bool = False,
    ) -> Subject:
        """The encoder's network on random pieces. ``served``: with the batches and lengths for a
        server.
        """
        shape, plan = self.encoder.shape, self.plan
        batches = plan.server_batches if served else plan.batches

        def prepare(length: int) -> Prepared:
            low = min(FIRST_PIECE, shape.vocabulary - 1)
            pool = np.random.default_rng(0).integers(
                low, shape.vocabulary, (max(batches), length), np.int32
            )
            feed = Feed(lambda part: engine.probabilities({PIECES: pool[part]}), len(pool))
            return Prepared(feed, flops.of_encoder(shape, length))

        return Subject(
            "encoder, network alone",
            described,
            place,
            PIECES,
            plan.server_pieces if served else plan.pieces,
            batches,
            prepare,
            peak,
        )

    def from_text(self, name: str, engine: str, reader: Reader, place: Place) -> Subject:
        """A model from texts to probabilities, in the groups in which it is served."""

        def prepare(length: int) -> Prepared:
            texts = self._pool(length)
            return Prepared(
                Feed(
                    lambda part: reader.judge(texts[part], ["en"] * (part.stop - part.start)),
                    len(texts),
                )
            )

        lengths, batches = self.plan.characters, self.plan.batches
        return Subject(f"{name}, from text", engine, place, CHARACTERS, lengths, batches, prepare)

    def film_network(self) -> Subject:
        """The network of ``reviews-en`` on the n-grams and words of texts."""
        artifact = artifacts.load(artifacts.PRETRAINED)
        engine, encode = self.tensorflow(artifact, "float32"), encoders.build(artifact)

        def prepare(length: int) -> Prepared:
            inputs = {
                name: pad(rows, max(map(len, rows)))
                for name, rows in encode(self._pool(length)).items()
            }
            words = inputs["words"].shape[1]
            feed = Feed(
                lambda part: engine.probabilities(
                    {name: ids[part] for name, ids in inputs.items()}
                ),
                max(self.plan.batches),
            )
            return Prepared(feed, flops.of_wide_and_deep(artifact.network.config, words))

        return Subject(
            f"{artifact.name}, network alone",
            "tensorflow, float32",
            self._device,
            CHARACTERS,
            self.plan.characters,
            self.plan.batches,
            prepare,
            self.peaks["float32"],
        )

    def beside_server(self) -> Subject:
        """The encoder as Triton's Python backend runs it, in this process."""
        engine = self._start(self.encoder.artifact, "onnx")
        return self.network(engine, "onnx", self.prices.one_core_by_the_clock, served=True)

    @property
    def _device(self) -> Place:
        return self.prices.on(self.device)

    def _pool(self, length: int) -> list[str]:
        return list(islice(cycle(of_length(self.texts, length)), max(self.plan.batches)))

    def tensorflow(self, artifact: Artifact, precision: Precision) -> Engine:
        """The network of an artifact on TensorFlow, warmed up."""
        from models.training.training_loop import precision as half

        with half() if precision == "bfloat16" else nullcontext():
            return self._start(artifact, "tensorflow")

    def _start(self, artifact: Artifact, engine: str) -> Engine:
        return engines.start(artifact, ScoringSettings.model_validate({"engine": engine}))
