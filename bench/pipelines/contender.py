"""``Contender``: the description of a contender that the benchmark needs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.processes import python
from bench.stack import Stack


@dataclass(frozen=True, slots=True)
class Contender:
    """A process that reads reviews from ``source`` and writes an output of the same key for each to
    ``target``.

    ``ready``: where it says, with status 200, that it has its share of the partitions, if it does.
    """

    name: str
    about: str
    argv: tuple[str, ...]
    source: str
    target: str
    env: Mapping[str, str] = field(default_factory=dict)
    ready: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What a contender is told: where the broker is, and its topics."""

    bootstrap: str
    source: str
    target: str


def of_module(name: str, about: str, stack: Stack, interpreter: str = sys.executable) -> Contender:
    """One that is a module here, with topics of its own."""
    module = f"bench.pipelines.{name}"
    source, target = f"bench.{name}.raw", f"bench.{name}.out"
    argv = python(
        module,
        "--bootstrap",
        stack.bootstrap,
        "--source",
        source,
        "--target",
        target,
        interpreter=interpreter,
    )
    return Contender(name, about, argv, source, target)


def place() -> Place:
    """What this process was told."""
    parser = argparse.ArgumentParser()
    for option in ("bootstrap", "source", "target"):
        parser.add_argument(f"--{option}", required=True)
    return Place(**vars(parser.parse_args()))
