"""Capacity model: its command, and the files that it reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench import capacity
from bench.capacity_costs import (
    BYTES,
    COMMITTED,
    PROCESSOR_S,
    load_costs,
    load_workers,
)
from schemas.errors import InputError

DOCUMENT: dict[str, Any] = {
    "measured": "2026-01-31T00:00:00+00:00",
    "machine": {"processor": "a processor"},
    "lengths": {
        "100": dict.fromkeys((*PROCESSOR_S, *BYTES), 10.0),
        "1000": dict.fromkeys((*PROCESSOR_S, *BYTES), 20.0),
    },
    "aspects": {"worker": 5.0, "scored_bytes": 1.2},
    "worker_memory": 9e8,
    "pair": {
        "characters": 1000,
        "one": 1500,
        "two": 2500,
        "worker": 21.0,
        "computation": 1.8,
        "others": [0.01, 0.02],
    },
}


def written(folder: Path, document: Any, name: str = "costs.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({"lengths": {"100": DOCUMENT["lengths"]["100"]}}, "two lengths"),
        ({"lengths": {"100": {}, "1000": {}}}, "lengths.100.worker"),
        ({"pair": {"characters": 1000, "one": 0, "two": 1, "computation": 1}}, "pair.one"),
        ({"worker_memory": "much"}, "worker_memory"),
        ({"aspects": None}, "aspects.worker"),
    ],
)
def test_costs_that_cannot_be_used_are_named(
    broken: dict[str, Any], named: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=re.escape(named)):
        load_costs(written(tmp_path, DOCUMENT | broken))


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    path.write_text("{")
    with pytest.raises(InputError, match=r"latest\.json"):
        load_workers(path)


def test_rates_are_those_of_the_last_benchmark_if_it_measured_two_workers(tmp_path: Path) -> None:
    latest = {
        "measured": "2026-12-01T00:00:00+00:00",
        "reviews": {"mean_characters": 1300.0},
        "contenders": {"undertone": {"rate": {"median": 2000.0}}},
        "ratios": {"two-workers": {"median": 1.5}},
        "second_core": {"median": 1.6},
    }
    found = load_workers(written(tmp_path, latest, "latest.json"))
    assert (found.one, found.two, found.computation) == (2000, 3000, 1.6)
    assert found.measured == "2026-12-01"
    assert load_workers(written(tmp_path, latest | {"second_core": None})) == COMMITTED
    assert load_workers(tmp_path / "absent.json") == COMMITTED


def test_the_command_prints_the_plan_of_one_rate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = str(written(tmp_path, DOCUMENT))
    argv = ["--rate", "100000", "--characters", "300", "--costs", costs]
    assert capacity.main(argv) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# 100,000 reviews/s of 300 characters")
    assert "| workers, a core each |" in printed


def test_the_command_prints_every_size_and_draws_what_was_measured_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    costs, chart = written(tmp_path, DOCUMENT), tmp_path / "chart.svg"
    latest = ["--latest", str(tmp_path / "absent.json")]
    assert capacity.main(["--costs", str(costs), "--chart", str(chart), *latest]) == 0
    printed = capsys.readouterr().out
    for rate in capacity.RATES:
        assert f"\n| {rate:,} |" in printed
    once = chart.read_bytes()
    assert capacity.main(["--costs", str(costs), "--chart", str(chart), *latest]) == 0
    assert chart.read_bytes() == once


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["--rate", "0"], "argument --rate: '0' is not a number above 0"),
        (["--rate", "many"], "argument --rate: 'many'"),
        (["--rate", "nan"], "argument --rate: 'nan'"),
        (["--rate", "inf"], "argument --rate: 'inf'"),
        (["--characters", "200000"], "argument --characters: '200000'"),
        (["--busy", "1.5"], "argument --busy: '1.5'"),
        (["--peak", "0.5"], "argument --peak: '0.5'"),
        (["--machine-cores", "2.5"], "argument --machine-cores: '2.5' is not a whole number"),
        (["--core-hour", "-1"], "argument --core-hour: '-1'"),
    ],
)
def test_an_argument_that_is_wrong_is_named_in_one_error(
    argv: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        capacity.main(argv)
    assert ended.value.code == 2
    usage, error = capsys.readouterr().err.splitlines()
    assert named in error
    assert usage.startswith("usage: ")


def test_a_chart_that_cannot_be_written_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = tmp_path / "absent" / "chart.svg"
    argv = ["--rate", "1", "--costs", str(written(tmp_path, DOCUMENT)), "--chart", str(chart)]
    assert capacity.main(argv) == 1
    assert f"{chart} cannot be written" in capsys.readouterr().err


def test_costs_that_are_not_there_are_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert capacity.main(["--costs", str(tmp_path / "absent.json")]) == 1
    assert capsys.readouterr().err == (
        "bench.capacity: absent.json cannot be read: No such file or directory\n"
    )
