"""Script for Triton's Python backend that runs ``model.onnx``; copied beside it as ``model.py``, so
it stands alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as backend


class TritonPythonModel:
    """The class that the backend looks for."""

    def initialize(self, arguments: dict[str, str]) -> None:
        """Load the graph of this version."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        path = Path(arguments["model_repository"]) / arguments["model_version"] / "model.onnx"
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._names = [tensor.name for tensor in self._session.get_inputs()]
        [self._output] = [tensor.name for tensor in self._session.get_outputs()]

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer what the dynamic batcher put together, requests of one length, in one go."""
        parts = [
            [backend.get_input_tensor_by_name(request, name).as_numpy() for request in requests]
            for name in self._names
        ]
        # As many
        inputs = {name: np.concatenate(arrays) for name, arrays in zip(self._names, parts)}  # noqa: B905
        [result] = self._session.run([self._output], inputs)
        result = result.reshape(len(result), -1)
        ends = np.cumsum([len(array) for array in parts[0]])[:-1]
        return [
            backend.InferenceResponse([backend.Tensor(self._output, answer)])
            for answer in np.split(result, ends)
        ]
