"""The workflows of CI: actionlint finds nothing; they are bounded, may do no more than they need,
and take fixed versions.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers import go_tools
from tests.servers.process import Unavailable

WORKFLOWS = sorted((Path(__file__).parents[3] / ".github/workflows").glob("*.yml"))


def lint(*files: Path) -> subprocess.CompletedProcess[str]:
    try:
        actionlint = go_tools.tool("actionlint")
    except Unavailable as reason:
        pytest.skip(str(reason))
    return subprocess.run(
        [actionlint, "-no-color", *map(str, files)], capture_output=True, text=True, check=False
    )


def test_actionlint_finds_nothing() -> None:
    assert WORKFLOWS
    found = lint(*WORKFLOWS)
    assert (found.returncode, found.stdout) == (0, "")


def test_actionlint_finds_a_mistake(tmp_path: Path) -> None:
    broken = tmp_path / "check.yml"
    broken.write_text(WORKFLOWS[0].read_text().replace("needs: check", "needs: cheque"))
    found = lint(broken)
    assert found.returncode == 1
    assert "cheque" in found.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_bounded_and_pinned(path: Path) -> None:
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    assert document["permissions"] == {"contents": "read"}
    assert document["concurrency"]["group"]
    for name, job in document["jobs"].items():
        assert "uses" in job or job["timeout-minutes"] <= 60, name
    for used in re.findall(r"uses: (\S+)", path.read_text()):
        assert used.startswith("./") or re.fullmatch(r"[\w/-]+@v\d+\.\d+\.\d+", used), used


def test_nothing_is_published_or_deployed_that_was_not_tested() -> None:
    [release] = [
        yaml.safe_load(path.read_text())["jobs"] for path in WORKFLOWS if path.stem == "release"
    ]
    assert release["image"]["needs"] == "check"
    assert release["staging"]["needs"] == "image"
    assert release["production"]["needs"] == "staging"
