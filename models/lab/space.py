"""Search space: a TOML file that names a network and the ranges of some of its hyperparameters.

::

    network = "ngram_bag"

    [parameters]
    strength = { low = 0.5, high = 16.0, log = true, steps = 6 } # steps: how many of the range a
    grid tries smoothing = { choices = [0.25, 0.5, 1.0] }
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.errors import InputError

if TYPE_CHECKING:
    import optuna

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Choices:
    """One of some values."""

    choices: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Any number from ``low`` to ``high``: whole ones where both are. ``log``: evenly by ratio, not
    by difference.
    """

    low: float
    high: float
    log: bool = False
    steps: int | None = None

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)


@dataclass(frozen=True, slots=True)
class Space:
    """Search space of one network: values by hyperparameter."""

    network: str
    parameters: Mapping[str, Choices | Range]

    def suggest(self, trial: optuna.Trial) -> dict[str, Value]:
        """A point of it, chosen by the trial's sampler."""
        return {name: _suggested(trial, name, domain) for name, domain in self.parameters.items()}

    def corner(self) -> dict[str, Value]:
        """The point with the least or first value of everything."""
        return {
            name: domain.choices[0] if isinstance(domain, Choices) else domain.low
            for name, domain in self.parameters.items()
        }

    def grid(self) -> list[dict[str, Value]]:
        """Every point, ranges cut into their steps. Raises ``InputError`` for a range that has
        none.
        """
        axes = [
            [(name, value) for value in _values(name, domain)]
            for name, domain in self.parameters.items()
        ]
        return [dict(point) for point in itertools.product(*axes)]


def read_space(path: Path) -> Space:
    """The space a file declares. Raises ``InputError`` naming the file and the parameter."""
    try:
        declared = tomllib.loads(path.read_text(encoding="utf8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {type(error).__name__}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}") from error
    network, parameters = declared.get("network"), declared.get("parameters")
    if not isinstance(network, str) or not isinstance(parameters, dict) or not parameters:
        raise InputError(f"{path}: needs network, a name, and [parameters] with one at least")
    return Space(
        network, {name: _domain(path, name, domain) for name, domain in parameters.items()}
    )


def _domain(path: Path, name: str, declared: Any) -> Choices | Range:
    try:
        if "choices" in declared:
            choices = Choices(tuple(declared.pop("choices")))
            if (
                not choices.choices
                or not all(isinstance(choice, Value) for choice in choices.choices)
                or declared
            ):
                raise ValueError
            return choices
        span = Range(**declared)
        if not (
            span.low < span.high
            and (span.low > 0 or not span.log)
            and (span.steps is None or span.steps > 1)
        ):
            raise ValueError
    except (TypeError, ValueError, AttributeError):
        raise InputError(
            f"{path}: {name} needs either choices, a list of values, or low < high [, log = true, "
            "and then 0 < low] [, steps > 1]"
        ) from None
    return span


def _suggested(trial: optuna.Trial, name: str, domain: Choices | Range) -> Value:
    if isinstance(domain, Choices):
        chosen = trial.suggest_categorical(name, domain.choices)
        assert chosen is not None
        return chosen
    if domain.whole:
        return trial.suggest_int(name, int(domain.low), int(domain.high), log=domain.log)
    return trial.suggest_float(name, domain.low, domain.high, log=domain.log)


def _values(name: str, domain: Choices | Range) -> list[Value]:
    if isinstance(domain, Choices):
        return list(domain.choices)
    if domain.steps is None:
        raise InputError(
            f"a grid needs to know in how many steps to try {name}: give it steps, or choices"
        )
    spaced = (np.geomspace if domain.log else np.linspace)(domain.low, domain.high, domain.steps)
    # Rounding must not carry the ends out of the range.
    inside = np.clip(spaced, domain.low, domain.high).tolist()
    return list(dict.fromkeys(round(value) for value in inside)) if domain.whole else inside
