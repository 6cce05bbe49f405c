"""ONNX Runtime engine, in process, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnxruntime

from models.artifact.artifact import Artifact
from models.inference.engines.onnx_graph import Precision, graph
from models.inference.engines.port import ORDINARY, OUTPUT, Floats, filled
from models.text.ngrams import PADDING, Ids


class OnnxEngine:
    """Holds a session on the artifact's graph."""

    def __init__(
        self, artifact: Artifact, *, threads: int, precision: Precision = "float32"
    ) -> None:
        """Makes the graph first, which takes seconds, and TensorFlow but for an encoder."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        options.log_severity_level = 3
        model = graph(artifact, precision).SerializeToString()
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, inputs: Mapping[str, Ids]) -> Floats:
        """See ``Engine``."""
        return filled(lambda full: self._session.run([OUTPUT], full)[0], inputs)

    def warm_up(self) -> None:
        """Make ready for one review and for a batch of them."""
        names = [tensor.name for tensor in self._session.get_inputs()]
        for batch in (1, ORDINARY[0]):
            self.probabilities(
                {name: np.full((batch, ORDINARY[1]), PADDING, np.int32) for name in names}
            )
