"""Hyperparameter search by out-of-fold accuracy (Optuna: Akiba et al. 2019,
https://arxiv.org/abs/1907.10902).

This process alone asks and tells; others try. So trials are numbered in one order, the n-th always
gets the same chance, and a search that was killed goes on: what was being tried is tried again.
"""

from __future__ import annotations

import multiprocessing
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna

from infra import native
from infra.files import FileOptions
from models.lab.crossvalidation import cross_validate
from models.lab.plans import BAG, plan
from models.lab.space import Space
from models.training.datasets import read
from models.training.training_settings import Progress
from schemas.errors import InputError

SAMPLERS = ("tpe", "random", "grid")
DATABASE = "search.db"


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """``sampler``: one of ``SAMPLERS``. ``trials``: how many in all, those of earlier calls
    included; a grid: all its points.

    ``jobs``: processes. With more than one, which trials TPE learns from depends on which end
    first.
    """

    sampler: str = "tpe"
    trials: int = 20
    folds: int = 3
    jobs: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one trial; ``deviation`` is the standard deviation over the folds' accuracies."""

    number: int
    parameters: Mapping[str, Any]
    accuracy: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker needs to know: ``clean`` is what the stream does to a text, and must be a
    module's function.
    """

    path: Path
    clean: Callable[[str], str]
    network: str
    folds: int
    seed: int
    options: FileOptions | None = None

    def __call__(self, values: Mapping[str, Any]) -> tuple[float, float]:
        """Accuracy out of fold of a plan with these values, and its deviation. Runs in a worker."""
        data = read(self.path, self.options)
        texts = [self.clean(text) for text in data.texts]
        result = cross_validate(
            plan(self.network, values, self.seed), texts, data.positive, self.folds, self.seed
        )
        return result.accuracy, result.deviation


def search(
    task: Task,
    space: Space,
    settings: SearchSettings,
    folder: Path,
    progress: Progress,
    observe: Callable[[Outcome], None],
) -> list[Outcome]:
    """Try points of the space, best first. What was tried is kept in ``folder``, and a later call
    goes on from there.

    ``observe`` gets each outcome of this call. Raises ``InputError`` where the space does not fit
    its network, or where the folder is of another search.
    """
    plan(
        space.network, space.corner(), task.seed
    )  # refuses what no process could train, before anything is written
    points = space.grid() if settings.sampler == "grid" else []
    trials = len(points) or settings.trials
    study = _study(
        folder,
        (
            f"{read(task.path, task.options).sha256} {task.folds} {task.seed} {space!r} "
            f"{settings.sampler}"
        ),
    )
    _again(study)
    for point in points:
        study.enqueue_trial(point, skip_if_exists=True)
    with _workers(settings.jobs, task.network) as workers:
        trying: dict[Future[tuple[float, float]], optuna.Trial] = {}
        while len(done := _complete(study)) < trials:
            progress(f"{len(done)} of {trials} tried", len(done) / trials)
            while len(trying) < settings.jobs and len(done) + len(trying) < trials:
                study.sampler = _sampler(settings, len(study.trials))
                trial = study.ask()
                values = space.suggest(trial)
                trying[workers.submit(task, values)] = trial
            for future in wait(trying, return_when=FIRST_COMPLETED).done:
                trial = trying.pop(future)
                accuracy, deviation = future.result()
                trial.set_user_attr("deviation", deviation)
                study.tell(trial, accuracy)
                observe(Outcome(trial.number, trial.params, accuracy, deviation))
    progress("done", 1.0)
    return sorted(_complete(study), key=lambda outcome: (-outcome.accuracy, outcome.number))


def _study(folder: Path, setup: str) -> optuna.Study:
    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        storage = optuna.storages.RDBStorage(f"sqlite:///{folder / DATABASE}")
        study = optuna.create_study(
            storage=storage, study_name="search", direction="maximize", load_if_exists=True
        )
    if study.user_attrs.setdefault("setup", setup) != setup:
        raise InputError(
            f"{folder / DATABASE} belongs to another search: use another folder, or delete it"
        )
    study.set_user_attr("setup", setup)
    return study


def _again(study: optuna.Study) -> None:
    """What was being tried when the last call was killed stands at the head of the queue."""
    for trial in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        if trial.params:
            study.enqueue_trial(trial.params)


def _complete(study: optuna.Study) -> list[Outcome]:
    trials = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    return [
        Outcome(trial.number, trial.params, trial.value or 0.0, trial.user_attrs["deviation"])
        for trial in trials
    ]


def _sampler(settings: SearchSettings, number: int) -> optuna.samplers.BaseSampler:
    """Fresh for each trial: one made anew with the same seed after a kill would only repeat
    itself."""
    seed = settings.seed * 100_003 + number
    if settings.sampler == "tpe":
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=8, constant_liar=True)
    return optuna.samplers.RandomSampler(seed=seed)


@contextmanager
def _workers(jobs: int, network: str) -> Iterator[Executor]:
    """Processes, or for one job a thread of this one, which may then use every core."""
    if jobs == 1:
        pool: Executor = ThreadPoolExecutor(1)
    else:
        # Spawned: a process forked from one in which TensorFlow has run may stand still for ever.
        pool = ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), initializer=_prepare, initargs=(network,)
        )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare(network: str) -> None:
    """One thread each: the processes share the cores."""
    if network != BAG:
        native.prepare(threads=1)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
