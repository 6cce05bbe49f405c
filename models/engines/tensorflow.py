"""TensorFlow in process: one concrete function, for every shape there is.

``model.predict`` is not used: it builds a data pipeline for every call, which costs milliseconds and, in a loop, memory.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models import networks
from models.artifact import Artifact
from models.encoding import PADDING, Ids
from models.engines.port import widened

ORDINARY = (256, 1024)
"""Reviews and ids of a batch as they usually are."""


class TensorFlowEngine:
    """Holds the network on the first GPU if there is one, else on the CPU."""

    def __init__(self, artifact: Artifact, *, threads: int) -> None:
        """``threads`` counts for the whole process and only the first engine can set it."""
        if tf.config.threading.get_intra_op_parallelism_threads() == 0:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        function, self._names = calibrated(artifact)
        # Concrete, so that no shape can ever make TensorFlow trace the network again.
        self._function = function.get_concrete_function()

    def probabilities(self, inputs: Mapping[str, Ids]) -> npt.NDArray[np.float32]:
        """See ``Engine``."""
        tensors = [tf.constant(ids) for ids in map(widened(inputs).__getitem__, self._names)]
        result: npt.NDArray[np.float32] = self._function(*tensors).numpy()
        return result

    def warm_up(self) -> None:
        """Make ready for one review and for a full batch of them."""
        for batch in (1, ORDINARY[0]):
            self.probabilities({name: np.full((batch, ORDINARY[1]), PADDING, np.int32) for name in self._names})


def calibrated(artifact: Artifact) -> tuple[tf.types.experimental.PolymorphicFunction, tuple[str, ...]]:
    """The whole way from ids to probabilities as a TensorFlow function, and the names of its inputs in order."""
    network = networks.build(artifact)
    scale, offset = artifact.calibration.scale, artifact.calibration.offset
    names = tuple(tensor.name for tensor in network.inputs)

    def probabilities(*inputs: tf.Tensor) -> tf.Tensor:
        named = dict(zip(names, inputs, strict=True))
        logits = network(keras.tree.map_structure(lambda tensor: named[tensor.name], network.input), training=False)
        return tf.sigmoid(scale * tf.cast(logits, tf.float32) + offset, name="probability")

    signature = [tf.TensorSpec((None, None), tf.int32, name) for name in names]
    return tf.function(probabilities, input_signature=signature, autograph=False), names
