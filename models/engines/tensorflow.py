"""TensorFlow in process: one ``tf.function``, traced once for each of a bounded number of shapes.

``model.predict`` is not used: it builds a data pipeline for every call, which costs milliseconds and, in a loop, memory.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models.artifact import Artifact
from models.encoding import PADDING, Ids
from models.networks import ngram_bag

BATCHES = (1, 16, 64, 256)
SHORTEST = 64


class TensorFlowEngine:
    """Holds the network on the first GPU if there is one, else on the CPU."""

    def __init__(self, artifact: Artifact, *, threads: int) -> None:
        """``threads`` counts for the whole process and only the first engine can set it."""
        if tf.config.threading.get_intra_op_parallelism_threads() == 0:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        network = ngram_bag.build(artifact.weights, artifact.bias)
        scale, offset = artifact.calibration.scale, artifact.calibration.offset

        @tf.function(autograph=False)
        def probabilities(ids: tf.Tensor) -> tf.Tensor:
            return tf.sigmoid(scale * network(ids, training=False) + offset)

        self._probabilities = probabilities

    def probabilities(self, ids: Ids) -> npt.NDArray[np.float32]:
        """See ``Engine``."""
        if not ids.size:
            ids = np.full((len(ids), 1), PADDING, np.int32)
        parts = [self._run(ids[start : start + BATCHES[-1]]) for start in range(0, len(ids), BATCHES[-1])]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def warm_up(self) -> None:
        """Trace the shapes that ordinary reviews have."""
        for batch in BATCHES:
            for length in (512, 1024, 2048):
                self._run(np.full((batch, length), PADDING, np.int32))

    @property
    def traces(self) -> int:
        """How many shapes have been traced."""
        return int(self._probabilities.experimental_get_tracing_count())

    def _run(self, ids: Ids) -> npt.NDArray[np.float32]:
        rows, length = ids.shape
        shape = next(batch for batch in BATCHES if batch >= rows), max(SHORTEST, 1 << (length - 1).bit_length())
        padded = np.full(shape, PADDING, np.int32)
        padded[:rows, :length] = ids
        result: npt.NDArray[np.float32] = self._probabilities(tf.constant(padded)).numpy()[:rows]
        return result
