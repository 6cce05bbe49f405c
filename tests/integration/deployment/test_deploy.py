"""infra/k8s/deploy.sh with a stand-in for kubectl, for want of a cluster: what it rolls out, and
that it goes back by itself.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "infra/k8s/deploy.sh"
# Notes what it is asked. Fails where the request holds $FAILS; the restarts it tells of grow if
# $RESTARTS says so.
KUBECTL = r"""#!/usr/bin/env bash
echo "$*" >> "$LOG"
case "$*" in
  *"get deployments"*)
    printf 'deployment.apps/undertone-worker\ndeployment.apps/undertone-sink\n' ;;
  *"get deployment.apps/"*) echo 41 ;;
  *"get pods"*) if [[ -n ${RESTARTS:-} ]]; then wc -l < "$LOG"; else echo 0 0; fi ;;
  *apply*) cat "${@: -1}/kustomization.yaml" >> "$LOG" ;;
esac
[[ -z ${FAILS:-} || "$*" != *$FAILS* || "$*" == *undo* ]]
"""


def deploy(
    folder: Path, overlay: str = "cpu", **environment: str
) -> tuple[subprocess.CompletedProcess[str], str]:
    """What it said, and what kubectl was asked."""
    kubectl, log = folder / "kubectl", folder / "log"
    kubectl.write_text(KUBECTL)
    kubectl.chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "LOG": str(log), "WATCH_S": "0", **environment}
    command = [str(SCRIPT), overlay, "registry.example:5000/undertone:v1.2.3"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    return done, log.read_text() if log.exists() else ""


def test_an_image_is_rolled_out_and_watched(tmp_path: Path) -> None:
    done, asked = deploy(tmp_path)
    assert done.returncode == 0, done.stderr
    for process in ("worker", "sink", "gateway", "loop", "train"):
        assert (
            f'{{name: undertone-{process}, newName: "registry.example:5000/undertone", '
            f'newTag: "v1.2.3-{process}"}}'
        ) in asked
    assert asked.count("rollout status deployment.apps/undertone-worker") == 2
    assert "undo" not in asked


@pytest.mark.parametrize(
    "trouble",
    [
        {"FAILS": "apply"},
        {"FAILS": "rollout status deployment.apps/undertone-sink"},
        {"FAILS": "get pods"},
        {"RESTARTS": "yes"},
    ],
)
def test_whatever_is_wrong_everything_goes_back(tmp_path: Path, trouble: dict[str, str]) -> None:
    done, asked = deploy(tmp_path, **trouble)
    assert done.returncode == 1
    assert "going back" in done.stderr
    for name in ("worker", "sink"):
        assert asked.count(f"rollout undo deployment.apps/undertone-{name} --to-revision 41") == 1


def test_an_overlay_that_there_is_not_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    done, asked = deploy(tmp_path, overlay="tpu")
    assert (done.returncode, asked) == (2, "")
