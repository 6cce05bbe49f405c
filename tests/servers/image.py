"""The file system of the image, made without Docker: the Dockerfile's own scripts, in a folder,
with uv's cache.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.policies import images
from tests.servers.process import CACHE, Unavailable

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "infra/docker"
SOURCES = ("schemas", "infra", "models", "streams", "retrain", "pyproject.toml", "README.md")
PACKAGES_OF = (
    ROOT / "pyproject.toml",
    ROOT / "infra/constraints.txt",
    DOCKER / "packages.sh",
    DOCKER / "slim.py",
)
PROCESSES = ("worker", "sink", "loop", "gateway")
TIMEOUT_S = 600
HOME = "/opt/undertone"


@dataclass(frozen=True)
class Image:
    """``home``: what is /opt/undertone in the image of ``process``."""

    process: str
    home: Path

    def command(self, *arguments: str) -> list[str]:
        """What the image's entry point runs."""
        entry = stages()[self.process].last("ENTRYPOINT") or ""
        return [str(self.home / "bin" / re.findall(r'"([^"]+)"', entry)[0]), *arguments]

    def environment(self, volumes: Path) -> dict[str, str]:
        """What the image sets, the volumes being under ``volumes``; nothing of this process's own
        but the way to Python.
        """
        shipped = stages()[self.process]
        text = " ".join(arguments for name, arguments in shipped.instructions if name == "ENV")
        found = dict(re.findall(r"(\w+)=(\S+)", text))
        for name in re.findall(r'"([^"]+)"', shipped.last("VOLUME") or ""):
            (volumes / name[1:]).mkdir(parents=True, exist_ok=True)
        moved = {
            name: str(volumes / value[1:]) if value[0] == "/" else value
            for name, value in found.items()
        }
        return moved | {"PATH": f"{self.home / 'bin'}:/usr/bin:/bin"}


def stages() -> dict[str, images.Stage]:
    """The stages of the Dockerfile, by name."""
    return images.stages((DOCKER / "Dockerfile").read_text())


def build(process: str) -> Image:
    """Make it, or take what was made of the same packages before, with today's sources. Raises
    ``Unavailable``.
    """
    scripts = [
        arguments
        for name, arguments in stages()[f"{process}-packages"].instructions
        if name == "RUN" and arguments.startswith("docker/")
    ]
    packages, program = scripts
    made_of = [packages.encode(), *(path.read_bytes() for path in PACKAGES_OF)]
    folder = CACHE / "images" / process / hashlib.sha256(b"".join(made_of)).hexdigest()[:16]
    if not (folder / "complete").exists():
        shutil.rmtree(folder.parent, ignore_errors=True)
        folder.mkdir(parents=True)
        for path in PACKAGES_OF[:2]:
            shutil.copy(path, folder)
        _run([sys.executable, "-m", "venv", "--without-pip", str(folder / "home")], folder)
        _run(_here(packages, folder), folder)
        (folder / "complete").touch()
    sources = folder / "sources"
    shutil.rmtree(sources, ignore_errors=True)
    sources.mkdir()
    for name in SOURCES:
        path = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(path, sources / name, ignore=ignore) if path.is_dir() else shutil.copy(
            path, sources
        )
    _run(_here(program, folder), sources)
    return Image(process, folder / "home")


def _here(script: str, folder: Path) -> list[str]:
    """A RUN instruction of the Dockerfile, with the folders of this machine."""
    program, home, *arguments = script.split()
    assert home == HOME
    return [str(DOCKER / Path(program).name), str(folder / "home"), *arguments]


def _run(argv: list[str], folder: Path) -> None:
    """With what uv has in its cache, and from the network only what is missing there."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    said = ""
    for offline in ("1", "0"):
        environment = os.environ | {"PATH": path, "UV_OFFLINE": offline}
        done = subprocess.run(
            argv,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if done.returncode == 0:
            return
        said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""
    raise Unavailable(f"the image's file system cannot be made: {Path(argv[0]).name}: {said}")
