"""Translation of MLflow errors: transient or permanent."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from textwrap import shorten
from typing import TypeVar

from schemas.errors import (
    ConfigurationError,
    InputError,
    ModelNotFound,
    RegistryUnavailable,
    UndertoneError,
)

T = TypeVar("T")
ABSENT = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})
PERMANENT: Mapping[str, type[UndertoneError]] = {
    "RESOURCE_DOES_NOT_EXIST": ModelNotFound,
    "NOT_FOUND": ModelNotFound,
    "INVALID_PARAMETER_VALUE": InputError,
    "BAD_REQUEST": InputError,
    "ENDPOINT_NOT_FOUND": ConfigurationError,
    "NOT_IMPLEMENTED": ConfigurationError,
    "PERMISSION_DENIED": ConfigurationError,
    "UNAUTHENTICATED": ConfigurationError,
    "CUSTOMER_UNAUTHORIZED": ConfigurationError,
}
"""What MLflow answers that no waiting changes; all else may pass."""
LONGEST_ANSWER = 200


def unless_absent(find: Callable[[], T]) -> T | None:
    """Result of a look-up; None where MLflow reports that it does not exist."""
    from mlflow.exceptions import MlflowException

    try:
        return find()
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """MLflow's and the network's errors as ours. MLflow warns of much that does not concern who
    only reads.
    """
    from infra import native

    native.prepare_mlflow()
    from mlflow.exceptions import MlflowException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MlflowException as error:
        raise as_ours(uri, error.error_code, str(error.message)) from error
    except OSError as error:
        raise RegistryUnavailable(f"the model registry at {uri}: {type(error).__name__}") from error


def as_ours(uri: str, code: str, message: str) -> UndertoneError:
    """The error of an error code: permanent with the first line of MLflow's message, or
    ``RegistryUnavailable``.
    """
    if code not in PERMANENT:
        return RegistryUnavailable(f"the model registry at {uri}: {code}")
    said, *_ = message.strip().splitlines() or [code]
    return PERMANENT[code](
        f"the model registry at {uri}: {shorten(said, LONGEST_ANSWER, placeholder=' …')}"
    )
