"""The command that trains, as a user gives it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from schemas.errors import InputError
from streams.cli.cli_app import app
from streams.cli.models import evaluate, train  # noqa: F401  registers the commands
from tests.integration.models.toy import write


def undertone(*arguments: str) -> Result:
    """In this process: its libraries take seconds to import."""
    return CliRunner().invoke(app, arguments)


def test_a_network_is_trained_tracked_and_then_judges(tmp_path: Path) -> None:
    data, out = write(tmp_path / "toy.csv", 120), tmp_path / "model"
    trained = undertone(
        "train", str(data), "--network", "cnn", "--out", str(out), "--epochs", "8", "--augment",
        "swap",
        "--set", "batch=8", "--set", "learning_rate=0.01", "--set", "dimensions=16", "--set",
        "filters=8",
        "--tracking", f"sqlite:///{tmp_path / 'mlflow.db'}",
    )  # fmt: skip
    assert trained.exit_code == 0, trained.exception
    assert trained.stdout.startswith(f"{out}: version ")
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["training"]["augmentation"] == ["swap"]
    assert manifest["network"]["config"]["filters"] == 8
    assert len(list((tmp_path / "mlflow-artifacts").rglob("weights.npz"))) == 1
    judged = undertone("evaluate", str(data), "--model", str(out), "--json")
    assert judged.exit_code == 0, judged.exception
    assert json.loads(judged.stdout)["accuracy"] > 0.9


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--network", "tree"], "there is no network 'tree'"),
        (["--set", "strength"], "--set strength: needs NAME=VALUE"),
        (["--set", "units=3"], "ngram_bag has no setting units"),
        (["--augment", "back_translation"], "needs a translator and none comes with Undertone"),
        (["--augment", "swap,magic"], "there is no augmentation 'magic'"),
        (["--translator", "nowhere:at_all"], "there is no translator 'nowhere:at_all'"),
        (["--search", "nowhere.toml"], "nowhere.toml"),
        (["--search", "nowhere.toml", "--sampler", "luck"], "there is no sampler 'luck'"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(
    tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    data = write(tmp_path / "toy.csv", 20)
    answered = undertone(
        "train", str(data), "--out", str(tmp_path / "out"), "--tracking", "", *arguments
    )
    assert isinstance(answered.exception, InputError)
    assert complaint in str(answered.exception)
    assert "\n" not in str(answered.exception)
    assert not (tmp_path / "out").exists()


def test_a_report_tells_the_effect_of_each_augmentation(tmp_path: Path) -> None:
    data, out = write(tmp_path / "toy.csv", 60), tmp_path / "out"
    arguments = [
        "--augment-report",
        "--augment",
        "swap,templates",
        "--folds",
        "2",
        "--set",
        "bits=12",
        "--out",
        str(out),
    ]
    answered = undertone("train", str(data), *arguments)
    assert answered.exit_code == 0, answered.exception
    lines = (out / "augmentation.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["name", "none", "swap", "templates"]


def test_a_search_ends_with_the_command_that_trains_the_best(tmp_path: Path) -> None:
    data, out, space = write(tmp_path / "toy.csv", 60), tmp_path / "out", tmp_path / "space.toml"
    space.write_text(
        'network = "ngram_bag"\n[parameters]\nstrength = { low = 1, high = 4, steps = 2 '
        "}\nbits = "
        "{ choices = [12] }\n"
    )
    arguments = [
        "--search",
        str(space),
        "--sampler",
        "grid",
        "--folds",
        "2",
        "--jobs",
        "1",
        "--out",
        str(out),
        "--tracking",
        "",
    ]
    answered = undertone("train", str(data), *arguments)
    assert answered.exit_code == 0, answered.exception
    assert f"undertone train {data} --network ngram_bag --set strength=" in answered.stdout
    assert len((out / "trials.csv").read_text().splitlines()) == 3
