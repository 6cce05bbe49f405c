"""TensorFlow in process: one ``tf.function``, made concrete once for each of a bounded number of shapes.

``model.predict`` is not used: it builds a data pipeline for every call, which costs milliseconds and, in a loop, memory.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models.artifact import Artifact
from models.encoding import PADDING, Ids
from models.networks import ngram_bag

BATCHES = (1, 16, 64, 256)
SHORTEST, ORDINARY = 64, 1024


class TensorFlowEngine:
    """Holds the network on the first GPU if there is one, else on the CPU."""

    def __init__(self, artifact: Artifact, *, threads: int) -> None:
        """``threads`` counts for the whole process and only the first engine can set it."""
        if tf.config.threading.get_intra_op_parallelism_threads() == 0:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        network = ngram_bag.build(artifact.weights, artifact.bias)
        scale, offset = artifact.calibration.scale, artifact.calibration.offset

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def probabilities(ids: tf.Tensor) -> tf.Tensor:
            return tf.sigmoid(scale * network(ids, training=False) + offset)

        self._function = probabilities
        self._concrete: dict[tuple[int, int], Callable[[tf.Tensor], tf.Tensor]] = {}

    def probabilities(self, ids: Ids) -> npt.NDArray[np.float32]:
        """See ``Engine``."""
        if not ids.size:
            ids = np.full((len(ids), 1), PADDING, np.int32)
        parts = [self._run(ids[start : start + BATCHES[-1]]) for start in range(0, len(ids), BATCHES[-1])]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def warm_up(self) -> None:
        """Make ready for one ordinary review and for a full batch of them; other shapes take a few ms the first time."""
        for batch in (BATCHES[0], BATCHES[-1]):
            self._run(np.full((batch, ORDINARY), PADDING, np.int32))

    @property
    def shapes(self) -> int:
        """How many shapes there have been."""
        return len(self._concrete)

    def _run(self, ids: Ids) -> npt.NDArray[np.float32]:
        rows, length = ids.shape
        shape = next(batch for batch in BATCHES if batch >= rows), max(SHORTEST, 1 << (length - 1).bit_length())
        padded = np.full(shape, PADDING, np.int32)
        padded[:rows, :length] = ids
        function = self._concrete.get(shape)
        if function is None:
            function = self._function.get_concrete_function(tf.TensorSpec(shape, tf.int32))
            self._concrete[shape] = function
        result: npt.NDArray[np.float32] = function(tf.constant(padded)).numpy()[:rows]
        return result
