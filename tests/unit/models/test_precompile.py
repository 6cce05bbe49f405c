"""Compilation ahead of time, in a process of its own: in this one, others compile too."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys

from models.aspects.loading import extractor
from models.precompile import TEXT, precompile


def compiled():
    return {
        f"{name}.{kernel}"
        for name, module in list(sys.modules.items()) if name.startswith("models.")
        for kernel, function in vars(module).items() if getattr(function, "signatures", ())
    }


precompile()
before = compiled()
find = extractor("full", ())
find([TEXT, "", "The battery, the screen."], ["en"] * 3, level="full")
print(*sorted(compiled() - before))
"""


def test_nothing_that_finds_aspects_is_compiled_later() -> None:
    argv = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=600, check=True)
    assert done.stdout.split() == []
