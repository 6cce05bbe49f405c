"""Every package that the product imports is named by the extras of the processes that import it."""

from __future__ import annotations

import pytest

from infra.extras import DISTRIBUTIONS, OURS, distribution, missing, needs
from schemas.errors import ConfigurationError
from tests.policies.extras import PROCESSES, extras, named
from tests.policies.import_graph import ROOMS, product, third_party

FOUND_BY_PEOPLE = {"torch", "triton-python-backend-utils", "pyyaml"}
"""For a training that is over, inside Triton, and for writing the manifests: nobody runs these from
an installation."""


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_imports_at_its_start_what_its_extra_names(process: str) -> None:
    imported = third_party(PROCESSES[process])
    unnamed = {
        by: module for module, by in imported.items() if distribution(module) not in named(process)
    }
    assert not unnamed, "module → the package that it imports"


def test_the_command_line_imports_at_its_start_what_every_installation_has() -> None:
    commands = [name for name in product() if name.startswith(("streams.cli", "retrain.cli"))]
    imported = {distribution(module) for module in third_party(commands)}
    assert imported <= {each.name for each in extras()[""]}


def test_every_package_that_the_product_imports_is_named_by_an_extra() -> None:
    imported = {
        distribution(each.name)
        for found in product().values()
        for each in found
        if each.name not in product()
    }
    every = {package for extra in extras() if extra for package in named(extra)}
    assert imported - every <= FOUND_BY_PEOPLE
    assert set(DISTRIBUTIONS.values()) <= every | FOUND_BY_PEOPLE


def test_what_is_installed_here_is_what_every_process_and_every_training_needs() -> None:
    together = named("local") | named("train")
    assert together >= {package for process in PROCESSES for package in named(process)}


@pytest.mark.parametrize("heavy", ["mlflow", "evidently", "optuna", "matplotlib", "tf2onnx"])
@pytest.mark.parametrize("process", ["worker", "sink", "gateway"])
def test_what_serves_has_nothing_for_training(process: str, heavy: str) -> None:
    assert not {heavy, "tensorflow", "keras", "scikit-learn", "pandas"} & named(process)


def test_a_missing_package_is_an_error_that_names_the_extra() -> None:
    absent = ModuleNotFoundError("No module named 'faust.app'", name="faust.app")
    with (
        pytest.raises(
            ConfigurationError,
            match=r"^the package faust-streaming is not installed: pip install "
            r"'undertone\[worker\]'$",
        ),
        needs("worker"),
    ):
        raise absent
    for module, extra in (("chdb", "local"), ("onnx.checker", "onnx"), ("no_such", "local,train")):
        error = missing(ModuleNotFoundError(name=module))
        assert f"pip install 'undertone[{extra}]'" in str(error)


def test_a_missing_module_of_ours_is_a_defect_and_stays_one() -> None:
    assert set(ROOMS) == OURS
    with pytest.raises(ModuleNotFoundError), needs("worker"):
        raise ModuleNotFoundError("No module named 'streams.nothing'", name="streams.nothing")
