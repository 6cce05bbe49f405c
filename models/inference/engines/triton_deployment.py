"""Deployment of a model to Triton: writes it into the model repository and waits until the server
serves it.

The repository is a folder that the server sees too: a volume, or an object store mounted as one.
The server loads what it finds there when told to (``--model-control-mode=explicit``) or by itself
(``poll``).
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra import native
from infra.extras import needs
from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.artifact.artifact import Artifact
from models.inference.engines import triton_repository
from models.inference.engines.triton_repository import served_version
from schemas.errors import ConfigurationError, EngineUnavailable

if TYPE_CHECKING:
    import tritonclient.grpc as triton

LOOK_S: Final = 0.5
log = logging.getLogger("undertone.models")


def deploy(folder: Path, scoring: ScoringSettings) -> None:
    """Have Triton serve the model in ``folder``; returns once it does, and at once where it does
    already or is not used. A student runs in the process that asks.

    Raises ``EngineUnavailable`` where Triton is away or does not take the model in time,
    ``ConfigurationError`` where no repository is set, ``InputError`` where the repository has a
    model of that name with other inputs, ``ModelNotFound`` or ``ModelIntegrityError``.
    """
    if scoring.engine != "triton":
        return
    with needs("triton"):
        import tritonclient.grpc as triton
        from tritonclient.utils import InferenceServerException

        from models.inference.engines.triton import CHANNEL
    model = artifacts.load(folder)
    if model.is_student:
        return
    client = triton.InferenceServerClient(scoring.triton_url, channel_args=CHANNEL)
    try:
        if _served(client, model, scoring):
            return
        _export(model, scoring)
        deadline = time.monotonic() + scoring.triton_export_wait_s
        with suppress(InferenceServerException):  # a server that polls refuses to be told
            client.load_model(model.name, client_timeout=scoring.triton_export_wait_s)
        while not _served(client, model, scoring):
            if time.monotonic() > deadline:
                raise EngineUnavailable(
                    f"Triton at {scoring.triton_url} does not serve {model.name} {model.version}, "
                    f"exported {scoring.triton_export_wait_s:g} s ago: does it read that "
                    "repository, and does it poll?"
                )
            time.sleep(LOOK_S)
    finally:
        client.close()
    log.info("Triton at %s serves %s %s", scoring.triton_url, model.name, model.version)


def _served(
    client: triton.InferenceServerClient, model: Artifact, scoring: ScoringSettings
) -> bool:
    from tritonclient.utils import InferenceServerException

    try:
        return bool(
            client.is_model_ready(
                model.name, str(served_version(model)), client_timeout=scoring.triton_timeout_s
            )
        )
    except InferenceServerException as error:
        raise EngineUnavailable(f"Triton at {scoring.triton_url}: {error.status()}") from error


def _export(model: Artifact, scoring: ScoringSettings) -> None:
    if scoring.triton_repository is None:
        raise ConfigurationError(
            f"Triton at {scoring.triton_url} does not serve {model.name} {model.version}: set"
            " UNDERTONE_SCORING__TRITON_REPOSITORY to its repository, or `undertone models export "
            "--triton` it there"
        )
    with needs("onnx"):
        if model.network.kind != artifacts.ENCODER:  # which is converted by TensorFlow
            native.prepare(scoring.threads)
        from models.inference.engines.onnx_graph import graph

    triton_repository.write(model, graph(model), scoring.triton_repository, scoring.triton_backend)
