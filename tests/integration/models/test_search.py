"""Searching a declared space: what it tries, and that it goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.lab.crossvalidation import cross_validate
from models.lab.plans import BagPlan, plan
from models.lab.search import Outcome, SearchSettings, Task, search
from models.lab.space import Choices, Range, Space, read_space
from schemas.errors import InputError
from tests.integration.models.toy import reviews, write

SPACE = Space(
    "ngram_bag",
    {
        "strength": Range(0.5, 8.0, log=True, steps=2),
        "ngrams": Choices((1, 2)),
        "bits": Choices((12,)),
    },
)
SPACES = Path(__file__).parents[3] / "models" / "lab" / "spaces"


def strip(text: str) -> str:
    return text.strip()


def run(
    data: Path, folder: Path, settings: SearchSettings, space: Space = SPACE
) -> tuple[list[Outcome], list[Outcome]]:
    """All outcomes, and those of this call."""
    seen: list[Outcome] = []
    task = Task(data, strip, space.network, settings.folds, settings.seed)
    return search(task, space, settings, folder, lambda step, share: None, seen.append), seen


def test_a_grid_is_tried_whole_and_once(tmp_path: Path) -> None:
    data = write(tmp_path / "toy.csv", 60)
    outcomes, seen = run(data, tmp_path / "out", SearchSettings("grid", folds=2))
    assert {(o.parameters["strength"], o.parameters["ngrams"]) for o in outcomes} == {
        (0.5, 1),
        (0.5, 2),
        (8.0, 1),
        (8.0, 2),
    }
    assert outcomes[0].accuracy == max(o.accuracy for o in outcomes) > 0.9
    assert len(seen) == 4
    again, tried = run(data, tmp_path / "out", SearchSettings("grid", folds=2))
    assert (again, tried) == (outcomes, [])


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_search_in_two_parts_tries_what_one_would_have_tried(
    tmp_path: Path, sampler: str
) -> None:
    data = write(tmp_path / "toy.csv", 40)
    whole, _ = run(data, tmp_path / "whole", SearchSettings(sampler, 3, folds=2))
    run(data, tmp_path / "parts", SearchSettings(sampler, 1, folds=2))
    parts, seen = run(data, tmp_path / "parts", SearchSettings(sampler, 3, folds=2))
    assert len(seen) == 2
    assert parts == whole
    assert len({o.parameters["strength"] for o in whole}) == 3


def test_what_two_processes_were_trying_when_it_was_stopped_is_tried_again(tmp_path: Path) -> None:
    data = write(tmp_path / "toy.csv", 40)

    def killed(outcome: Outcome) -> None:
        raise KeyboardInterrupt

    task = Task(data, strip, "ngram_bag", 2, 0)
    with pytest.raises(KeyboardInterrupt):
        search(
            task,
            SPACE,
            SearchSettings("random", 4, folds=2, jobs=2),
            tmp_path / "out",
            lambda step, share: None,
            killed,
        )
    outcomes, _ = run(data, tmp_path / "out", SearchSettings("random", 4, folds=2))
    whole, _ = run(data, tmp_path / "whole", SearchSettings("random", 4, folds=2))
    tried = [{o.parameters["strength"] for o in found} for found in (outcomes, whole)]
    assert len(tried[0] & tried[1]) >= 2, "the first was told, the second was under way"
    assert len(outcomes) == 4


def test_another_search_does_not_go_on_in_the_same_folder(tmp_path: Path) -> None:
    data = write(tmp_path / "toy.csv", 40)
    run(data, tmp_path / "out", SearchSettings("random", 1, folds=2))
    with pytest.raises(InputError, match=r"search\.db belongs to another search"):
        run(data, tmp_path / "out", SearchSettings("tpe", 1, folds=2))


def test_a_space_that_does_not_fit_its_network_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    data = write(tmp_path / "toy.csv", 40)
    with pytest.raises(InputError, match="ngram_bag has no setting units"):
        run(
            data,
            tmp_path / "out",
            SearchSettings("random", 1),
            Space("ngram_bag", {"units": Choices((1,))}),
        )
    assert not (tmp_path / "out").exists()


def test_every_review_is_judged_by_a_model_that_did_not_see_it() -> None:
    texts, positive = reviews(60)
    result = cross_validate(plan("ngram_bag", {"bits": 12}), texts, positive, 3, 0)
    assert result.logits.shape == (60,)
    assert len(result.accuracies) == 3
    assert result.accuracy > 0.9
    assert isinstance(plan("ngram_bag", {}), BagPlan)


@pytest.mark.parametrize("path", sorted(SPACES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_space_fits_its_network_and_has_a_grid(path: Path) -> None:
    space = read_space(path)
    for point in space.grid()[:3]:
        plan(space.network, point)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "network"),
        ("network = 3", "network"),
        ("network", "not valid TOML"),
        ('network = "cnn"\n[parameters]', "one at least"),
        ('network = "cnn"\n[parameters]\nunits = 3', "units"),
        ('network = "cnn"\n[parameters]\nunits = { low = 3, high = 2 }', "units"),
        ('network = "cnn"\n[parameters]\nunits = { low = 0, high = 2, log = true }', "units"),
        ('network = "cnn"\n[parameters]\nunits = { choices = [] }', "units"),
        ('network = "cnn"\n[parameters]\nunits = { choices = [[1]] }', "units"),
        ('network = "cnn"\n[parameters]\nunits = { low = 1, high = 2, sreps = 2 }', "units"),
    ],
)
def test_a_bad_space_is_named_with_the_parameter(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "space.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=complaint) as caught:
        read_space(path)
    assert "space.toml" in str(caught.value)


def test_a_grid_over_a_range_needs_its_steps() -> None:
    assert Space("cnn", {"filters": Range(10, 1000, log=True, steps=3)}).grid() == [
        {"filters": 10}, {"filters": 100}, {"filters": 1000}
    ]  # fmt: skip
    with pytest.raises(InputError, match="in how many steps to try dropout"):
        Space("cnn", {"dropout": Range(0.1, 0.5)}).grid()
