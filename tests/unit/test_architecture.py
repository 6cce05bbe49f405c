"""The rooms and who may know whom. Where this fails, move the code; do not widen the table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.policies import import_graph
from tests.policies.duplicates import duplicates

ROOT = Path(__file__).parents[2]
ROOMS = {
    "schemas": {"schemas"},
    "infra": {"infra", "schemas"},
    "models": {"models", "schemas", "infra"},
    "streams": {"streams", "models", "infra", "schemas"},
    "retrain": {"retrain", "models", "infra", "schemas"},
}
PURE = [
    "schemas", "streams/stages", "streams/steps.py", "streams/batch.py", "streams/pipeline.py",
    "streams/rejection_limit.py",
    "models/text", "models/names", "models/networks", "models/artifact/calibration.py",
    "models/evaluation/classification_metrics.py", "models/evaluation/significance.py",
    "models/evaluation/slices.py",
    "models/evaluation/cost.py", "models/evaluation/comparison.py",
    "models/evaluation/explanation.py",
    "models/evaluation/importance.py", "models/evaluation/gate.py", "models/evaluation/behaviour",
    "models/evaluation/report/tables.py",
    *sorted(
        str(folder.relative_to(ROOT))
        for room in ROOMS
        for folder in (ROOT / room).rglob("core")
    ),
]  # fmt: skip
"""Pure code: every folder named ``core``, and these."""
IMPURE_MODULES = {"faust", "infra", "os", "requests", "httpx", "confluent_kafka"}


def modules(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_it_may_know(room: str) -> None:
    for path in modules(room):
        ours = {name.split(".")[0] for name in imports(path)} & ROOMS.keys()
        assert ours <= ROOMS[room], f"{path.relative_to(ROOT)} imports {ours - ROOMS[room]}"


@pytest.mark.parametrize("place", PURE)
def test_pure_modules_know_nothing_of_the_outside_world(place: str) -> None:
    assert modules(place), f"{place} is gone: mend the list"
    for path in modules(place):
        impure = {name.split(".")[0] for name in imports(path)} & IMPURE_MODULES
        assert not impure, f"{path.relative_to(ROOT)} imports {impure}"
        calls = {
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(path.read_text("utf8")))
            if isinstance(node, ast.Call)
        }
        assert not calls & {"time.time", "time.monotonic", "datetime.now"}, (
            f"{path.relative_to(ROOT)} reads the clock"
        )


def test_nothing_that_serves_imports_the_lab_or_the_multilingual_encoder() -> None:
    # The encoder is not in the wheel and takes 1.2 GB: no worker may come to load it by the way.
    own = (ROOT / "models/lab", ROOT / "models/multilingual")
    serving = ("infra", "models", "streams/worker", "streams/stages", "streams/sink")
    for path in (path for place in serving for path in modules(place)):
        if not any(path.is_relative_to(folder) for folder in own):
            known = {
                name
                for name in imports(path)
                if f"{name}.".startswith(("models.lab.", "models.multilingual."))
            }
            assert not known, f"{path.relative_to(ROOT)} imports {known}"


def test_only_the_settings_read_the_environment_and_only_one_module_writes_it() -> None:
    for room in ROOMS:
        for path in modules(room):
            if path in {ROOT / "infra/settings.py", ROOT / "infra/native.py"}:
                continue
            source = path.read_text(encoding="utf8")
            assert not {"os.environ", "getenv"} & set(re.findall(r"os\.environ|getenv", source)), (
                path.relative_to(ROOT)
            )


@pytest.mark.parametrize("late", [False, True], ids=["at module level", "within functions too"])
def test_no_modules_import_one_another_in_a_circle(late: bool) -> None:
    graph = import_graph.ours(import_graph.product(), late=late)
    assert len(graph) > 400
    assert import_graph.cycles(graph) == []


def test_circles_are_found() -> None:
    circle = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str](), "e": {"a", "f"}, "f": {"e"}}
    graph = {name: frozenset(others) for name, others in circle.items()}
    assert import_graph.cycles(graph) == [["b", "c"], ["e", "f"]]


def test_no_ten_lines_of_logic_are_written_twice() -> None:
    sources = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf8")
        for room in ROOMS
        for path in modules(room)
    }
    report = duplicates(sources, 10)
    assert not report, report


def test_ten_lines_that_are_written_twice_are_found() -> None:
    body = "".join(f"    total += step({number})\n" for number in range(10))
    one, other = f"def one(a: int) -> int:\n{body}", f"import os\n\n\ndef other():\n{body}"
    assert "def" not in duplicates({"one": one, "other": other}, 10)
    assert "total += step(9)" in duplicates({"one": one, "other": other}, 10)
    assert not duplicates({"one": one, "other": other}, 11)


def test_feedback_is_read_through_the_views_that_tell_reviews_from_their_aspects() -> None:
    views = {"review_feedback.sql", "aspect_feedback.sql"}
    counted = {"movies.py", "poison.py"}  # the demo, which sends none on aspects
    reading = {
        path.name
        for place, pattern in (
            ("schemas/clickhouse/views", "*.sql"),
            ("retrain", "*.py"),
            ("streams", "*.py"),
            ("infra", "*.py"),
        )
        for path in (ROOT / place).rglob(pattern)
        if re.search(r"\b(?:FROM|JOIN)\s+feedback\b", path.read_text(encoding="utf8"))
    }
    assert reading == views | counted
