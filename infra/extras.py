"""Extras: an error that names what to install where a package is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, requires
from typing import Final

from schemas.errors import ConfigurationError

PROJECT: Final = "undertone"
OURS: Final = frozenset({"schemas", "infra", "models", "streams", "retrain"})
DISTRIBUTIONS: Final = {
    "backports": "backports-zstd",
    "fasttext": "fasttext-predict",
    "faust": "faust-streaming",
    "jwt": "pyjwt",
    "mode": "mode-streaming",
    "re2": "google-re2",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Top-level module → the package that has it, where their names differ by more than a hyphen."""
EVERYTHING: Final = "local,train"
REQUIREMENT = re.compile(r"""(?P<name>[\w.-]+).*;\s*extra\s*==\s*['"](?P<extra>[\w-]+)['"]""")


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Import what belongs to an extra. Raises ``ConfigurationError`` naming the extra where a
    package of it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise missing(error, extra) from error


def missing(error: ModuleNotFoundError, extra: str | None = None) -> ConfigurationError:
    """The error that says what to install; without ``extra``, the first that lists the package.

    A module of this project that is missing is a defect: its error is raised again.
    """
    module = (error.name or "").partition(".")[0]
    if not module or module in OURS:
        raise error
    package = distribution(module)
    found = extra or next(iter(extras_of(package)), EVERYTHING)
    return ConfigurationError(
        f"the package {package} is not installed: pip install '{PROJECT}[{found}]'"
    )


def distribution(module: str) -> str:
    """The package that has a top-level module."""
    return DISTRIBUTIONS.get(module, normalised(module))


def normalised(name: str) -> str:
    """The name of a package as the index writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def extras_of(package: str) -> list[str]:
    """The extras that list a package, in the order of pyproject.toml."""
    try:
        listed = requires(PROJECT) or []
    except PackageNotFoundError:  # run from its sources
        return []
    found = (REQUIREMENT.match(each) for each in listed)
    return [match["extra"] for match in found if match and normalised(match["name"]) == package]
