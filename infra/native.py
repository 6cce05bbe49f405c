"""Environment variables of native libraries, set before their first import. The only module that
writes the environment.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

NOT_FOR_KERAS: Final = ("matplotlib", "pandas", "sklearn")
"""What Keras imports wherever it is installed, for plots and wrappers that nothing here uses."""


def prepare(threads: int | None = None) -> None:
    """Keras on TensorFlow, and no start-up chatter on standard error. Called before anything
    imports either.

    ``threads``: how many TensorFlow uses, where it was not imported before; None leaves that to it.
    """
    if threads:
        os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(threads)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    # Its native code greets on the descriptor itself, before any setting can tell it not to.
    saved, silence = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        with _hidden(NOT_FOR_KERAS):
            importlib.import_module("tensorflow")
            importlib.import_module("keras")
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(silence)
    # Of its warnings only the one about repeated tracing ever appears, and shapes that differ are
    # what a stream has.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def _hidden(names: tuple[str, ...]) -> Iterator[None]:
    """Import as if these were not installed, unless they are imported already: two fifths of the
    time, and 150 MB, saved.
    """
    absent = {name: None for name in names if name not in sys.modules}
    # None is how Python itself marks what cannot be imported
    sys.modules.update(absent)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@dataclass(frozen=True, slots=True)
class MlflowAccess:
    """Credentials and trust for an MLflow server, from the variables that its own client reads."""

    token: str = field(repr=False)
    username: str
    password: str = field(repr=False)
    authorities: str
    """File of the certificate authorities to trust; empty: those of the system."""
    insecure: bool
    """Whether any certificate will do."""


def mlflow_access() -> MlflowAccess:
    """How to reach an MLflow server without MLflow's package."""
    return MlflowAccess(
        token=os.environ.get("MLFLOW_TRACKING_TOKEN", ""),
        username=os.environ.get("MLFLOW_TRACKING_USERNAME", ""),
        password=os.environ.get("MLFLOW_TRACKING_PASSWORD", ""),
        authorities=os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH", ""),
        insecure=os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"1", "true"},
    )


def prepare_mlflow() -> None:
    """Switch off MLflow's telemetry and progress bars. Call it before anything imports MLflow."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # Whoever calls decides about waiting: MLflow's own seven attempts of two minutes would keep
    # other models from being loaded.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
