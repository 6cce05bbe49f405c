"""What each process imports at its start, in a Python of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.policies.extras import PROCESSES, brought, packages

PROGRAM = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps([name for name in sys.modules if "." not in name]))
"""
LOOKED_FOR = {
    "cramjam", "h5py", "lz4", "multipart", "opentelemetry-proto", "opentelemetry-sdk",
    "opentelemetry-semantic-conventions", "psutil", "pysocks", "scipy", "sniffio", "ujson",
    "watchfiles",
}  # fmt: skip
"""What libraries import where it happens to be installed, as everything is here."""
OURS = {"undertone", "cython-runtime"}
ABSENT = {"mlflow", "evidently", "optuna", "matplotlib", "tf2onnx", "tensorflow", "keras", "torch"}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_imports_only_what_its_extra_brings(process: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *PROCESSES[process]],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(json.loads(done.stdout)) - sys.stdlib_module_names
    assert not imported & ABSENT
    found = packages(name for name in imported if not name.startswith("_"))
    assert sorted(found - brought(process) - LOOKED_FOR - OURS) == []
