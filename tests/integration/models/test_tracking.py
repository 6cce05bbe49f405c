"""What MLflow is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.training.tracking import Run, connect, tracked
from models.training.training_settings import Epoch
from tests.harness import wait_for


def stopped_after_an_epoch(uri: str, runs: list[Run]) -> None:
    with tracked(uri, "toy", {"seed": 7}, setup="same") as run:
        runs.append(run)
        run.epoch(Epoch(1, 0.7, 0.6, 0.5, 1.0))
        raise KeyboardInterrupt


def test_a_run_tells_its_parameters_epochs_files_and_children_and_goes_on_after_a_failure(
    tmp_path: Path,
) -> None:
    uri = f"sqlite:///{tmp_path / 'state' / 'mlflow.db'}"
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "README.md").write_text("a card")
    runs: list[Run] = []
    with pytest.raises(KeyboardInterrupt):
        stopped_after_an_epoch(uri, runs)
    [stopped] = runs
    assert stopped.client
    assert stopped.client.get_run(stopped.id).info.status == "FAILED"
    with tracked(uri, "toy", {"seed": 7}, setup="same") as run:
        run.epoch(Epoch(2, 0.6, 0.5, 0.75, 1.0))
        run.figures({"auc": 0.9, "name": "is no number"})
        run.folder(tmp_path / "model")
        with tracked(uri, "child", {"units": 3}, parent=run) as child:
            child.figures({"accuracy": 0.8})
    assert run.client
    assert run.id == stopped.id
    told = run.client.get_run(run.id)
    assert (told.info.status, told.data.params) == ("FINISHED", {"seed": "7"})
    assert told.data.metrics["auc"] == 0.9
    assert [
        metric.value for metric in run.client.get_metric_history(run.id, "validation_accuracy")
    ] == [0.5, 0.75]
    assert run.client.get_run(child.id).data.tags["mlflow.parentRunId"] == run.id
    assert [path.name for path in (tmp_path / "state").rglob("README.md")] == ["README.md"]
    with tracked(uri, "toy", {"seed": 7}, setup="same") as another:
        assert another.id != run.id, "that one has ended"


def test_a_database_is_whole_or_not_there_whenever_its_making_is_killed(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    program = "import sys; from models.training.tracking import connect; connect(sys.argv[1])"
    with subprocess.Popen([sys.executable, "-c", program, uri]) as making:
        wait_for(
            "the first tables",
            lambda: any(path.stat().st_size for path in tmp_path.glob("mlflow.db-*/mlflow.db")),
        )
        making.kill()
    assert not (tmp_path / "mlflow.db").exists()
    assert connect(uri).search_experiments()


def test_nothing_is_tracked_where_there_is_no_address() -> None:
    with tracked("", "toy", {"seed": 7}) as run:
        run.figures({"accuracy": 0.8})
        run.folder(Path("nowhere"))
    assert run.client is None
