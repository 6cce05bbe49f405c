"""The Dockerfile: hadolint finds nothing, the policies hold, and each policy fails where it is
broken.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.policies import images

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "infra/docker/Dockerfile"
TARGETS = ("worker", "sink", "gateway", "loop", "train", "gpu")
HADOLINT = Path(sys.executable).with_name("hadolint")


def complaints(dockerfile: str) -> list[str]:
    return list(images.of_dockerfile(dockerfile, ROOT, TARGETS))


def test_the_images_keep_to_the_policies() -> None:
    assert complaints(DOCKERFILE.read_text()) == []


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("PYTHON_IMAGE=python:3.11.14-slim-bookworm", "PYTHON_IMAGE=python", "no fixed tag"),
        ("PYTHON_IMAGE=python:3.11.14-slim-bookworm", "PYTHON_IMAGE=python:latest", "no fixed tag"),
        ("USER 10001:10001", "USER 0", "worker: runs as 0"),
        ("USER 10001:10001", "USER undertone", "worker: runs as undertone"),
        ("USER 10001:10001", "EXPOSE 1", "gpu: runs as root"),
        ("HEALTHCHECK", "LABEL", "sink: no HEALTHCHECK"),
        ("COPY retrain retrain", "COPY retraining retraining", "no retraining to COPY"),
        ("COPY retrain retrain", "ADD retrain retrain", "ADD"),
        ("STOPSIGNAL SIGTERM", "RUN apt-get install -y gcc", "gpu: installs in what is shipped"),
        ("FROM runtime AS gpu", "FROM runtime AS cuda", "no target gpu"),
    ],
)
def test_a_mistake_is_found(right: str, wrong: str, complaint: str) -> None:
    dockerfile = DOCKERFILE.read_text()
    assert right in dockerfile
    assert any(complaint in found for found in complaints(dockerfile.replace(right, wrong)))


def test_hadolint_finds_nothing() -> None:
    if not HADOLINT.exists():
        pytest.skip("hadolint has no wheel for this machine")
    found = subprocess.run([HADOLINT, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_every_file_that_the_image_is_made_from_reaches_the_builder() -> None:
    """``.dockerignore`` shuts out everything but what it names."""
    let_through = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for stage in images.stages(DOCKERFILE.read_text()).values():
        for instruction, arguments in stage.instructions:
            if instruction == "COPY" and not arguments.startswith("--from="):
                for source in arguments.split()[:-1]:
                    assert any(
                        source == allowed or source == Path(allowed).parts[0]
                        for allowed in let_through
                    ), source


def test_the_image_tells_how_the_stack_is_to_be_mounted() -> None:
    """Whatever the process writes lies in a volume: the root file system is read-only."""
    shipped = images.stages(DOCKERFILE.read_text())["worker"]
    volumes = re.findall(r'"([^"]+)"', shipped.last("VOLUME") or "")
    environment = " ".join(arguments for name, arguments in shipped.instructions if name == "ENV")
    for variable in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        place = re.search(rf"\b{variable}=(\S+)", environment)
        assert place, variable
        assert any(place[1].startswith(volume) for volume in volumes), variable
    assert any((shipped.last("WORKDIR") or "").startswith(volume) for volume in volumes)
