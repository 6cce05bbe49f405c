"""The training loop: its batches, and that a kill changes nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.lab.network_training import train
from models.lab.plans import NetworkPlan
from models.networks import word_networks
from models.training import checkpoint
from models.training.batches import Examples, by_chance, in_order
from models.training.checkpoint import Checkpoint
from models.training.folds import folds
from models.training.training_loop import example_weights, fit
from models.training.training_settings import Epoch, FittingSettings
from schemas.errors import InputError
from tests.integration.models.toy import write

PLAN = NetworkPlan(
    "cnn",
    {"dimensions": 8, "filters": 8},
    words=30,
    length=12,
    fitting=FittingSettings(epochs=4, batch=16, patience=4),
)
KILLED = """
import os, signal, sys
from pathlib import Path
from infra import native
native.prepare()
from tests.integration.models.test_fitting import PLAN
from models.lab.network_training import train
def progress(step, share):
    if step.startswith("epoch 3"):
        os.kill(os.getpid(), signal.SIGKILL)
train(Path(sys.argv[1]), "toy", str.strip, PLAN, Path(sys.argv[2]), progress)
"""


def trained(data: Path, out: Path) -> tuple[list[str], bytes]:
    """What was done, and the weights that came of it."""
    steps: list[str] = []
    train(data, "toy", str.strip, PLAN, out, lambda step, share: steps.append(step))
    return steps, (out / "weights.npz").read_bytes()


def test_a_training_killed_in_its_third_epoch_goes_on_and_ends_as_one_that_was_not(
    tmp_path: Path,
) -> None:
    data = write(tmp_path / "toy.csv", 80)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(data), str(tmp_path / "killed")],
        check=False,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "killed.training" / "checkpoint.npz").is_file()
    steps, resumed = trained(data, tmp_path / "killed")
    epochs = {step.split()[1] for step in steps if step.startswith("epoch")}
    assert epochs == {"3", "4"}
    assert resumed == trained(data, tmp_path / "whole")[1]
    assert not (tmp_path / "killed.training").exists()


def test_it_stops_when_the_validation_loss_falls_no_more_and_keeps_the_best() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.integers(1, 20, 5).astype(np.int32) for _ in range(60)]
    chance = Examples({"ids": rows}, rng.integers(0, 2, 60).astype(np.float32))
    seen: list[Epoch] = []
    settings = FittingSettings(epochs=30, batch=8, learning_rate=0.03, patience=2)
    result = fit(
        word_networks.build("cnn", vocabulary=20), chance,
        Examples(chance.inputs, 1 - chance.targets), settings,
        progress=lambda step, share: None, observe=seen.append,
    )  # fmt: skip
    losses = [epoch.validation_loss for epoch in seen]
    assert len(seen) == result.best + 2 < 30
    assert losses[result.best - 1] == min(losses)
    best = np.mean(np.logaddexp(0, result.logits) - result.logits * (1 - chance.targets))
    assert best == pytest.approx(min(losses), abs=1e-5)


def test_both_classes_count_alike_and_soft_targets_count_in_part() -> None:
    weights = example_weights(np.array([1.0, 0.0, 0.0, 0.0]))
    assert weights.tolist() == pytest.approx([2.0, 2 / 3, 2 / 3, 2 / 3])
    assert example_weights(np.array([0.5, 0.5])).tolist() == [1, 1]
    assert example_weights(np.zeros(3)).tolist() == [1, 1, 1]


def test_batches_hold_every_text_once_and_texts_of_like_length_together() -> None:
    lengths = np.random.default_rng(0).integers(1, 300, 1000)
    for batches in (in_order(lengths, 32), by_chance(lengths, 32, np.random.default_rng(1))):
        assert sorted(np.concatenate(batches).tolist()) == list(range(1000))
        padded = sum(len(batch) * lengths[batch].max() for batch in batches)
        assert padded < 1.1 * lengths.sum()


def test_folds_hold_every_position_out_once() -> None:
    parts = folds(11, 3, seed=5)
    assert sorted(np.concatenate([held_out for _, held_out in parts]).tolist()) == list(range(11))
    assert all(sorted([*rest, *held_out]) == list(range(11)) for rest, held_out in parts)
    assert [part.tolist() for _, part in parts] == [
        part.tolist() for _, part in folds(11, 3, seed=5)
    ]


def test_a_checkpoint_of_another_training_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    assert checkpoint.load(path, "mine") is None
    checkpoint.save(Checkpoint("mine", {"epoch": 1}, [np.arange(3)], []), path)
    found = checkpoint.load(path, "mine")
    assert found
    assert (found.notes, found.state[0].tolist(), found.best) == ({"epoch": 1}, [0, 1, 2], [])
    with pytest.raises(InputError, match=r"checkpoint\.npz belongs to a training with other"):
        checkpoint.load(path, "yours")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match=r"checkpoint\.npz is damaged"):
        checkpoint.load(path, "mine")
