"""Read-only client of an MLflow server: look up and download a version without MLflow's package.

Workers and the gateway need no more than this; the package would be a third of their installation.
https://mlflow.org/docs/latest/api_reference/rest-api.html
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from infra import native
from models.registry.mlflow_errors import ABSENT, as_ours
from schemas.errors import (
    ConfigurationError,
    ModelIntegrityError,
    ModelNotFound,
    RegistryUnavailable,
)

API: Final = "/api/2.0/mlflow"
ARTIFACTS: Final = "/api/2.0/mlflow-artifacts/artifacts"
PROXIED: Final = "mlflow-artifacts"
"""Scheme of what the server itself hands out; all else lies in a store that it only points to."""
OF_RUN: Final = "runs:/"
TIMEOUT_S: Final = 30.0
CHUNK: Final = 1 << 20
BY_STATUS: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
}
"""What an answer without MLflow's code means, as of a proxy before it."""


def serves(uri: str) -> bool:
    """Whether a tracking URI is that of a server."""
    return urlsplit(uri).scheme in {"http", "https"}


class MlflowServer:
    """One server. Every method raises ``RegistryUnavailable`` where it is away, ``ModelNotFound``
    where there is no such version, and else what the answer is translated to.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri.rstrip("/")
        access = native.mlflow_access()
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {access.token}"} if access.token else {},
            auth=(access.username, access.password) if access.username else None,
            verify=_trust(access),
            timeout=TIMEOUT_S,
            follow_redirects=True,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def number(self, name: str, alias: str) -> int:
        """The version that an alias stands for."""
        with self._answered():
            answer = self._get("registered-models/alias", f"{name}@{alias}", name=name, alias=alias)
            return int(answer["model_version"]["version"])

    def download(self, name: str, number: int, into: Path) -> bool:
        """Write the files of a version into a new folder; False where they lie in a store that the
        server does not hand out.
        """
        method, sought = "model-versions/get-download-uri", f"{name}/{number}"
        with self._answered():
            answer = self._get(method, sought, name=name, version=str(number))
            source = urlsplit(self._resolved(answer["artifact_uri"], sought))
            if source.scheme != PROXIED or source.netloc:
                return False
            self._folder(source.path.strip("/"), into)
            return True

    def _resolved(self, uri: str, sought: str) -> str:
        """Where the files lie that a run logged, ``runs:/ID/path``."""
        if not uri.startswith(OF_RUN):
            return uri
        run, _, path = uri.removeprefix(OF_RUN).partition("/")
        root = self._get("artifacts/list", sought, run_id=run)["root_uri"]
        return f"{root}/{path}"

    def _folder(self, path: str, into: Path) -> None:
        into.mkdir()
        listed = self._json(f"{self._uri}{ARTIFACTS}", path, {"path": path})
        for each in listed.get("files", []):
            name = PurePosixPath(each["path"]).name
            if name in {"", "..", "."} or "\\" in name:
                raise ModelIntegrityError(f"the model registry at {self._uri}: bad file name")
            if each.get("is_dir"):
                self._folder(f"{path}/{name}", into / name)
            else:
                self._file(f"{path}/{name}", into / name)

    def _file(self, path: str, into: Path) -> None:
        with self._client.stream("GET", f"{self._uri}{ARTIFACTS}/{quote(path)}") as answer:
            if answer.is_error:
                answer.read()
                self._refuse(answer, path)
            with into.open("wb") as file:
                for chunk in answer.iter_bytes(CHUNK):
                    file.write(chunk)

    def _get(self, method: str, sought: str, **parameters: str) -> Mapping[str, Any]:
        return self._json(f"{self._uri}{API}/{method}", sought, parameters)

    def _json(self, url: str, sought: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        answer = self._client.get(url, params=dict(parameters))
        if answer.is_error:
            self._refuse(answer, sought)
        found: Mapping[str, Any] = answer.json()
        return found

    def _refuse(self, answer: httpx.Response, sought: str) -> None:
        code, message = _error(answer)
        if code in ABSENT:
            raise ModelNotFound(f"the registry at {self._uri} has no model {sought}")
        raise as_ours(self._uri, code, message)

    @contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"UNDERTONE_MODELS__TRACKING_URI: {error}") from error
        except (httpx.HTTPError, OSError, ValueError, KeyError) as error:
            raise RegistryUnavailable(
                f"the model registry at {self._uri}: {type(error).__name__}"
            ) from error


def _trust(access: native.MlflowAccess) -> ssl.SSLContext | bool:
    if access.insecure:
        return False
    return ssl.create_default_context(cafile=access.authorities) if access.authorities else True


def _error(answer: httpx.Response) -> tuple[str, str]:
    """MLflow's code and message; of another server, such as a proxy, the status."""
    status = BY_STATUS.get(answer.status_code, f"status {answer.status_code}")
    try:
        said = answer.json()
        return str(said.get("error_code", status)), str(said.get("message", status))
    except (ValueError, AttributeError):
        return status, status
