"""TensorFlow engine, in process: one concrete function for all input shapes.

``model.predict`` is not used: it builds a data pipeline for every call, which costs milliseconds
and, in a loop, memory.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from models import networks
from models.artifact.artifact import Artifact
from models.inference.engines.port import ORDINARY, Floats, filled
from models.text.ngrams import PADDING, Ids


class TensorFlowEngine:
    """Holds the network on the first GPU if there is one, else on the CPU."""

    def __init__(self, artifact: Artifact) -> None:
        """How many threads it may use is settled for the whole process before TensorFlow is
        imported: ``native.prepare``.
        """
        function, self._names = calibrated(artifact)
        # Concrete, so that no shape can ever make TensorFlow trace the network again.
        self._function = function.get_concrete_function()

    def probabilities(self, inputs: Mapping[str, Ids]) -> Floats:
        """See ``Engine``."""
        return filled(
            lambda full: self._function(*(tf.constant(full[name]) for name in self._names)).numpy(),
            inputs,
        )

    def warm_up(self) -> None:
        """Make ready for one review and for a batch of them."""
        for batch in (1, ORDINARY[0]):
            self.probabilities(
                {name: np.full((batch, ORDINARY[1]), PADDING, np.int32) for name in self._names}
            )


def calibrated(
    artifact: Artifact,
) -> tuple[tf.types.experimental.PolymorphicFunction, tuple[str, ...]]:
    """The whole way from ids to probabilities as a TensorFlow function, and the names of its inputs
    in order.
    """
    network = networks.build(artifact)
    scale, offset = artifact.calibration.scale, artifact.calibration.offset
    names = tuple(tensor.name for tensor in network.inputs)

    def probabilities(*inputs: tf.Tensor) -> tf.Tensor:
        named = dict(zip(names, inputs, strict=True))
        logits = network(
            keras.tree.map_structure(lambda tensor: named[tensor.name], network.input),
            training=False,
        )
        scaled = scale * tf.cast(logits, tf.float32) + offset
        return tf.nn.softmax(scaled) if len(scaled.shape) > 1 else tf.sigmoid(scaled)

    signature = [tf.TensorSpec((None, None), tf.int32, name) for name in names]
    return tf.function(probabilities, input_signature=signature, autograph=False), names
