"""Size of the installation of each process, and what its imports take.

Run: ``python -m bench.installations`` (needs the package index, or a cache that uv filled). Each
installation is made in a folder of its own, of the pinned packages, and removed again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.policies.extras import PROCESSES

ROOT = Path(__file__).parents[1]
TIMES = 3
PROGRAM = """
import importlib, json, resource, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
ALL = "local,train"


@dataclass(frozen=True, slots=True)
class Installation:
    """``cpu_s``: processor time of the imports, with Python's start; ``memory_mb``: after them."""

    extras: str
    packages: int
    size_mb: int
    cpu_s: float
    memory_mb: float


def measured(source: Path, extras: str, modules: Sequence[str]) -> Installation:
    """Install the packages of extras, separated by commas, and import modules of the sources."""
    uv = str(Path(sys.executable).with_name("uv"))
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([uv, "venv", "--quiet", scratch + "/venv"], check=True)
        python = scratch + "/venv/bin/python"
        chosen = [word for extra in filter(None, extras.split(",")) for word in ("--extra", extra)]
        pinned = ["--constraint", str(source / "infra/constraints.txt")]
        listed = ["--requirement", str(source / "pyproject.toml")]
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
        subprocess.run([*install, *pinned, *listed, *chosen], check=True)
        [packages] = Path(scratch).glob("venv/lib/python3.*/site-packages")
        sizes = [path.stat().st_size for path in packages.rglob("*") if path.is_file()]
        command = [python, "-c", PROGRAM, *modules]
        turns = [
            json.loads(subprocess.run(command, cwd=source, check=True, capture_output=True).stdout)
            for _ in range(TIMES)
        ]
        return Installation(
            extras,
            len(list(packages.glob("*.dist-info"))),
            round(sum(sizes) / 1e6),
            median(cpu for cpu, _ in turns),
            median(memory for _, memory in turns),
        )


def table(installations: Iterable[Installation]) -> str:
    """As Markdown."""
    lines = [
        "| extras | packages | MB installed | CPU seconds of imports | MB of memory after them |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{each.extras}` | {each.packages} | {each.size_mb:,} | {each.cpu_s:.1f} | "
        f"{each.memory_mb:.0f} |"
        for each in installations
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure every process, and then everything together."""
    everything = [module for modules in PROCESSES.values() for module in modules]
    wanted = {**PROCESSES, ALL: everything}
    sys.stdout.write(table(measured(ROOT, *each) for each in wanted.items()) + "\n")


if __name__ == "__main__":
    main()
