"""Tools written in Go that check what is deployed: on the PATH, or built once into the cache from
their pinned modules.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from tests.servers.process import CACHE, Unavailable

MODULES = {
    "actionlint": "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7",
    "kustomize": "sigs.k8s.io/kustomize/kustomize/v5@v5.6.0",
    # The reader of compose files that `docker compose config` is made of; its program is called
    # cmd.
    "cmd": "github.com/compose-spec/compose-go/v2/cmd@v2.16.2",
}
BIN = CACHE / "go-tools"


def tool(name: str) -> str:
    """Where the program is. Raises ``Unavailable``."""
    module = MODULES[name]
    built = BIN / module.rpartition("@")[2] / name
    if built.exists():
        return str(built)
    if name != "cmd" and (installed := shutil.which(name)):
        return installed
    go = shutil.which("go")
    if go is None:
        raise Unavailable(f"no {name} on the PATH, and no Go to build it with")
    # A toolchain newer than this one is not fetched: the tools are pinned to versions that do not
    # need it.
    env = os.environ | {"GOBIN": str(built.parent), "GOTOOLCHAIN": "local", "GOFLAGS": "-trimpath"}
    done = subprocess.run(
        [go, "install", module], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Unavailable(f"{name} cannot be built here: {reason}")
    return str(built)
