"""Experiment tracking of trainings in MLflow. https://mlflow.org/docs/latest/ml/tracking

MLflow takes seconds to import and says much while it does: it is imported by who writes to it, and
kept quiet.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra import native
from models.training.training_settings import Epoch

if TYPE_CHECKING:
    from mlflow import MlflowClient

LOCAL = "sqlite:///"
EXPERIMENT = "undertone"
SETUP = "undertone.setup"


@dataclass(frozen=True, slots=True)
class Run:
    """One training. ``client`` is None where nothing is tracked; then every method does nothing."""

    client: MlflowClient | None
    experiment: str
    id: str

    def parameters(self, parameters: Mapping[str, Any]) -> None:
        """Log the parameters of the training, each once."""
        if self.client:
            for name, value in parameters.items():
                self.client.log_param(self.id, name, value)

    def epoch(self, epoch: Epoch) -> None:
        """The figures of one epoch of a network."""
        figures = {
            "loss": epoch.loss,
            "validation_loss": epoch.validation_loss,
            "validation_accuracy": epoch.validation_accuracy,
        }
        self.figures(figures | {"epoch_seconds": epoch.seconds}, epoch.number)

    def figures(self, figures: Mapping[str, Any], step: int = 0) -> None:
        """The numbers among them."""
        if self.client:
            for name, value in figures.items():
                if isinstance(value, int | float):
                    self.client.log_metric(self.id, name, value, step=step)

    def folder(self, folder: Path) -> None:
        """Every file of a folder, as it is now."""
        if self.client:
            self.client.log_artifacts(self.id, str(folder), folder.name)


@contextmanager
def tracked(
    uri: str,
    name: str,
    parameters: Mapping[str, Any],
    *,
    setup: str = "",
    parent: Run | None = None,
) -> Iterator[Run]:
    """A run that ends with the block, as failed where the block raises. An empty ``uri`` tracks
    nothing.

    A run with the same ``setup`` that did not come to its end goes on.
    """
    if not uri:
        yield Run(None, "", "")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = _started(uri, name, setup, parent)
        run.parameters(parameters)
    assert run.client
    try:
        yield run
    except BaseException:
        run.client.set_terminated(run.id, "FAILED")
        raise
    run.client.set_terminated(run.id)


def _started(uri: str, name: str, setup: str, parent: Run | None) -> Run:
    client = parent.client if parent else None
    if client is None:
        client = connect(uri)
    experiment = parent.experiment if parent else experiment_of(client, uri)
    if setup:
        unfinished = f"tags.`{SETUP}` = '{setup}' and attributes.status != 'FINISHED'"
        if found := client.search_runs([experiment], unfinished, max_results=1):
            run = Run(client, experiment, found[0].info.run_id)
            client.update_run(run.id, "RUNNING")
            return run
    tags = {"mlflow.runName": name, SETUP: setup} | (
        {"mlflow.parentRunId": parent.id} if parent else {}
    )
    return Run(client, experiment, client.create_run(experiment, tags=tags).info.run_id)


def connect(uri: str) -> MlflowClient:
    """A client of the server or the database at ``uri``, which is made if there is none."""
    native.prepare_mlflow()
    from mlflow import MlflowClient

    for logger in ("mlflow", "alembic"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    if uri.startswith(LOCAL):
        _create(Path(uri.removeprefix(LOCAL)))
    return MlflowClient(tracking_uri=uri)


def _create(database: Path) -> None:
    """MLflow makes its tables in many steps, and a database that was left in the middle of them is
    of no use to it ever after. So they are made in a file beside, which becomes the database when
    it is whole; of two that are made at once, one does."""
    from mlflow import MlflowClient

    database.parent.mkdir(parents=True, exist_ok=True)
    if database.exists():
        return
    with tempfile.TemporaryDirectory(prefix=f"{database.name}-", dir=database.parent) as folder:
        new = Path(folder) / database.name
        MlflowClient(tracking_uri=f"{LOCAL}{new}").search_experiments()
        with suppress(FileExistsError):
            os.link(new, database)


def experiment_of(client: MlflowClient, uri: str) -> str:
    """The id of the one experiment that all runs belong to.

    Beside a local database lie its artifacts: MLflow would put them into the current folder.
    """
    if found := client.get_experiment_by_name(EXPERIMENT):
        return str(found.experiment_id)
    beside = (
        Path(uri.removeprefix(LOCAL)).resolve().parent / "mlflow-artifacts"
        if uri.startswith(LOCAL)
        else None
    )
    return str(
        client.create_experiment(EXPERIMENT, artifact_location=beside.as_uri() if beside else None)
    )
