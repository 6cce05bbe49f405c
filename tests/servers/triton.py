"""NVIDIA's Triton Inference Server, as the wheel nvidia-pytriton bundles it: the real server, with
the Python backend only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tritonclient.grpc
from tritonclient.utils import InferenceServerException

from infra import native
from infra.local.ports import free_port
from models.artifact.artifact import Artifact
from models.inference.engines import triton_repository
from tests.servers.process import CACHE, Server, Unavailable

REQUIREMENTS = Path(__file__).with_name("triton_requirements.txt")
HOME = CACHE / "triton"


def environment() -> Path:
    """The site-packages of an environment of its own, installed once for each version of the
    requirements.

    Raises ``Unavailable``.
    """
    packages = (
        HOME / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    )
    complete = HOME / "complete"
    if complete.exists() and complete.read_text() == REQUIREMENTS.read_text() and packages.is_dir():
        return packages
    uv = shutil.which(
        "uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    )
    if uv is None:
        raise Unavailable("no uv to install Triton with")
    shutil.rmtree(HOME, ignore_errors=True)
    pip = [uv, "pip", "install", "--quiet", "--no-deps", "--python", str(HOME / "bin" / "python")]
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(HOME)],
        [*pip, "--requirement", str(REQUIREMENTS)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = next(iter(done.stderr.strip().splitlines()), "no reason given")
            raise Unavailable(f"Triton cannot be installed here: {reason}")
    complete.write_text(REQUIREMENTS.read_text())
    return packages


def server(folder: Path, repository: Path, port: int) -> Server:
    """A server of a model repository, gRPC on ``port``, not yet started. Raises ``Unavailable``."""
    packages = environment()
    home = packages / "pytriton" / "tritonserver"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = home / "python_backend_stubs" / version / "triton_python_backend_stub"
    if not stub.is_file():
        raise Unavailable(f"this Triton has no Python backend for Python {version}")
    wanted = (
        home / "backends" / "python" / stub.name
    )  # where the backend looks for it; one that runs cannot be written over
    shutil.copy(stub, copied := wanted.with_name(f"{stub.name}-{port}"))
    copied.replace(wanted)
    command = [
        str(home / "bin" / "tritonserver"),
        f"--model-repository={repository}",
        "--model-control-mode=poll",
        "--repository-poll-secs=1",
        f"--backend-directory={home / 'backends'}",
        f"--grpc-port={port}",
        "--grpc-address=127.0.0.1",
        "--allow-http=false",
        "--allow-metrics=false",
        "--exit-timeout-secs=5",
        # Of shared memory, between the server and the interpreter of each model; the default is
        # more than containers have.
        "--backend-config=python,shm-default-byte-size=4194304",
    ]
    libraries = [
        str(packages / "nvidia_pytriton.libs"),
        sysconfig.get_config_var("LIBDIR"),
        os.environ.get("LD_LIBRARY_PATH", ""),
    ]
    return Server(
        name="Triton",
        command=command,
        log=folder / "triton.log",
        ready=lambda: _ready(port),
        # The backend's interpreter ignores PYTHONPATH; it takes its environment from the first
        # python3 on PATH.
        environment={
            "PATH": os.pathsep.join([str(HOME / "bin"), os.environ.get("PATH", "")]),
            "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
        },
        patience_s=120.0,
    )


def _ready(port: int) -> bool:
    with tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{port}") as client:
        try:
            return bool(client.is_server_ready(client_timeout=1))
        except InferenceServerException:
            return False


@dataclass(frozen=True, slots=True)
class Triton:
    """``address``: host:port of its gRPC, the same after it was stopped and started again. It polls
    ``repository``.
    """

    server: Server
    address: str
    repository: Path


@contextmanager
def running(folder: Path, *artifacts: Artifact) -> Iterator[Triton]:
    """A server that has these versions, as ``undertone models export`` writes them. Raises
    ``Unavailable``.
    """
    port = free_port()
    triton = server(
        folder, folder / "repository", port
    )  # says first whether there can be one: exporting takes seconds
    native.prepare()
    from models.inference.engines.onnx_graph import graph  # imports TensorFlow

    for artifact in artifacts:
        triton_repository.write(artifact, graph(artifact), folder / "repository", "python")
    triton.start()
    try:
        yield Triton(triton, f"127.0.0.1:{port}", folder / "repository")
    finally:
        triton.stop()
