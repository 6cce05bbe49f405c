"""Debian's packages, unpacked into the cache without installing anything; no root needed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.servers.process import Unavailable


def unpacked(package: str, folder: Path) -> Path:
    """The root of what ``package`` and those it depends on hold, fetched once. Raises
    ``Unavailable``.
    """
    root = folder / "root"
    if not (folder / "complete").exists():
        _fetch(package, folder, root)
    return root


def _fetch(package: str, folder: Path, root: Path) -> None:
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise Unavailable(f"no {package} on the PATH, and no {tool} to fetch Debian's")
    downloads = folder / "packages"
    downloads.mkdir(parents=True, exist_ok=True)
    try:
        # A simulated installation lists exactly the packages this machine lacks.
        wanted = _run(["apt-get", "install", "--simulate", "--no-install-recommends", package])
        names = [line.split()[1] for line in wanted.splitlines() if line.startswith("Inst ")]
        _run(["apt-get", "download", *names], cwd=downloads)
        for archive in downloads.glob("*.deb"):
            _run(["dpkg-deb", "--extract", str(archive), str(root)])
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Unavailable(f"Debian's {package} cannot be fetched: {reason}") from error
    shutil.rmtree(downloads)
    (folder / "complete").touch()


def _run(command: list[str], cwd: Path | None = None) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout
