"""Triton engine: the KServe V2 protocol over gRPC, to a repository that
``undertone models export --triton`` wrote.

https://github.com/kserve/open-inference-protocol
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException

from models.artifact.artifact import Artifact
from models.inference.engines.port import OUTPUT, Floats, filled
from models.inference.engines.triton_repository import LARGEST_BATCH, served_version
from models.text.ngrams import PADDING, Ids
from schemas.errors import EngineUnavailable, ModelIntegrityError, ModelNotServed

SHORTEST = 64
# gRPC itself would wait for up to two minutes before it knocks again at a server that was away.
CHANNEL = [("grpc.initial_reconnect_backoff_ms", 200), ("grpc.max_reconnect_backoff_ms", 1000)]
WRONG_REQUEST, NO_SUCH_MODEL = "StatusCode.INVALID_ARGUMENT", "StatusCode.NOT_FOUND"


class TritonEngine:
    """Asks for one version of one model, by the artifact's name and ``served_version`` of its
    version.
    """

    def __init__(self, artifact: Artifact, address: str, timeout_s: float) -> None:
        """``address``: host:port of the server's gRPC. Nothing is sent yet."""
        self._model = {"model_name": artifact.name, "model_version": str(served_version(artifact))}
        self._name, self._timeout_s = (
            f"{artifact.name} {artifact.version} on Triton at {address}",
            timeout_s,
        )
        self._client = triton.InferenceServerClient(address, channel_args=CHANNEL)

    def probabilities(self, inputs: Mapping[str, Ids]) -> Floats:
        """See ``Engine``. Raises ``ModelIntegrityError`` where the server's model is not the one
        that was exported, and ``ModelNotServed`` where it has none."""
        count = len(next(iter(inputs.values())))
        starts = range(0, max(count, 1), LARGEST_BATCH)
        parts = [
            {name: ids[start : start + LARGEST_BATCH] for name, ids in inputs.items()}
            for start in starts
        ]
        return np.concatenate([filled(self._ask, part) for part in parts])

    def warm_up(self) -> None:
        """Nothing: the server warms the model up before it says that it is ready."""

    def _ask(self, inputs: dict[str, Ids]) -> Floats:
        tensors = [_tensor(name, widened(ids)) for name, ids in inputs.items()]
        try:
            answer = self._client.infer(
                **self._model, inputs=tensors, client_timeout=self._timeout_s
            )
        except InferenceServerException as error:
            status = error.status()
            if status == WRONG_REQUEST:
                raise ModelIntegrityError(
                    f"{self._name} takes other inputs than this version"
                ) from error
            away = ModelNotServed if status == NO_SUCH_MODEL else EngineUnavailable
            raise away(f"{self._name}: {status}") from error
        result: Floats = answer.as_numpy(OUTPUT)
        return result if result.shape[-1] > 1 else result.reshape(-1)


def widened(ids: Ids) -> Ids:
    """The rows filled up to a power of two: the server merges requests of one length only, so there
    should be few.
    """
    length = max(SHORTEST, 1 << (ids.shape[1] - 1).bit_length())
    return np.pad(ids, ((0, 0), (0, length - ids.shape[1])), constant_values=PADDING)


def _tensor(name: str, ids: Ids) -> triton.InferInput:
    tensor = triton.InferInput(name, ids.shape, "INT32")
    tensor.set_data_from_numpy(ids)
    return tensor
