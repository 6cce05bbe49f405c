"""Training plan: a network's name and its hyperparameters, as the command line and the search give
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from models.networks import word_networks
from models.text.ngrams import EncoderSettings
from models.training.ngram_training import TrainingSettings
from models.training.training_settings import FINE_TUNING, HEAD_ALONE, FittingSettings
from schemas.errors import InputError

BAG, MINILM = "ngram_bag", "minilm"
NETWORKS = (BAG, *word_networks.KINDS, MINILM)


@dataclass(frozen=True, slots=True)
class BagPlan:
    """The n-gram bag."""

    settings: TrainingSettings = field(default_factory=TrainingSettings)
    encoder: EncoderSettings = field(default_factory=EncoderSettings)


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """One of ``word_networks.KINDS``; ``config``: its settings that are not as they are by default.

    ``words``: of the vocabulary, at most; ``length``: words that it reads of a text, at most.
    """

    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    words: int = 20_000
    length: int = 256
    fitting: FittingSettings = field(default_factory=FittingSettings)


@dataclass(frozen=True, slots=True)
class MiniLmPlan:
    """A pretrained encoder with a head on its vector of a text.

    ``frozen``: the head alone is trained. ``pieces``: word pieces that it reads of a text, at most;
    ``examples``: texts that it is trained on, at most, chosen by ``seed``, 0 for all;
    ``pretrained``: the encoder's folder, empty for ``subwords.PACKAGE``.
    """

    frozen: bool = False
    pieces: int = 128
    examples: int = 0
    dropout: float = 0.1
    pretrained: str = ""
    fitting: FittingSettings = FINE_TUNING


AnyPlan = BagPlan | NetworkPlan | MiniLmPlan


def plan(network: str, values: Mapping[str, Any], seed: int = 0) -> AnyPlan:
    """A plan with some settings changed, each by its name alone. Raises ``InputError`` naming what
    it does not know.
    """
    if network == BAG:
        training, encoder = _split(values, TrainingSettings, EncoderSettings)
        _refuse(
            network,
            values.keys() - training - encoder,
            {*_names(TrainingSettings), *_names(EncoderSettings)},
        )
        return BagPlan(
            replace(TrainingSettings(seed=seed), **_only(values, training)),
            replace(EncoderSettings(), **_only(values, encoder)),
        )
    if network == MINILM:
        return _minilm(values, seed)
    if network not in word_networks.KINDS:
        raise InputError(f"there is no network {network!r}, only {', '.join(NETWORKS)}")
    fitting, reading = _split(values, FittingSettings, NetworkPlan)
    reading &= {"words", "length"}
    own = word_networks.settings(network)
    _refuse(
        network,
        values.keys() - fitting - reading - own,
        {*_names(FittingSettings), "words", "length", *own},
    )
    return NetworkPlan(
        network,
        _only(values, values.keys() & own),
        fitting=replace(FittingSettings(seed=seed), **_only(values, fitting)),
        **_only(values, reading),
    )


def described(plan: AnyPlan) -> dict[str, Any]:
    """Every setting by its name alone, for tables and for MLflow."""
    if isinstance(plan, BagPlan):
        return {"network": BAG, **asdict(plan.settings), **asdict(plan.encoder)}
    if isinstance(plan, MiniLmPlan):
        own = {
            name: value for name, value in asdict(plan).items() if name != "fitting" and value != ""
        }
        return {"network": MINILM, **own, **asdict(plan.fitting)}
    return {
        "network": plan.kind,
        **plan.config,
        "words": plan.words,
        "length": plan.length,
        **asdict(plan.fitting),
    }


def _minilm(values: Mapping[str, Any], seed: int) -> MiniLmPlan:
    fitting, own = _split(values, FittingSettings, MiniLmPlan)
    known = {*_names(FittingSettings), *_names(MiniLmPlan)} - {"fitting"}
    _refuse(MINILM, values.keys() - known, known)
    usual = HEAD_ALONE if values.get("frozen") else FINE_TUNING
    return MiniLmPlan(
        **_only(values, own), fitting=replace(usual, seed=seed, **_only(values, fitting))
    )


def _names(settings: type) -> set[str]:
    return {field.name for field in fields(settings)}


def _split(values: Mapping[str, Any], *kinds: type) -> tuple[set[str], ...]:
    return tuple(values.keys() & _names(kind) for kind in kinds)


def _only(values: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(names)}


def _refuse(network: str, unknown: set[str], known: set[str]) -> None:
    if unknown:
        raise InputError(
            f"{network} has no setting {', '.join(sorted(unknown))}, only "
            f"{', '.join(sorted(known))}"
        )
