"""Training of the tagger, from reviews to a model on disk: labels, examples, fitting, thresholds.

Names, the sentences around them and the reviews are disjoint between training and development, and
thresholds are chosen on the latter alone. The same texts, teachers and settings give the same
model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import product
from typing import Final

import numpy as np

from models.artifact.array_storage import stored
from models.artifact.artifact import Artifact, Part, make
from models.artifact.calibration import Calibration
from models.lab.names import sentences, things
from models.lab.names.agreement import Agreement, agreement
from models.lab.names.examples import examples_of, roles_of, training_texts, writer, written
from models.lab.names.people import people
from models.lab.names.places import places
from models.lab.names.tagger_fitting import FittingPlan, fit
from models.lab.names.teacher_labels import Labelled, share
from models.names.tagger import NEVER, NameTagger
from models.names.tagger_network import TAGS, Weights
from models.names.token_features import ROLE_BITS, THING, Small
from models.training.training_settings import Progress

DEV_SHARE: Final = 0.08
SURE: Final = (0.05, 0.08, 0.12, 0.2, 0.35, 0.5, 0.7)
SMALL_SURE: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FAIR: Final = (0.03, 0.05, 0.1, 0.3)
RECALL_COUNTS: Final = 3.0
"""A name that stays is so many times as bad as a word that goes (the beta of F)."""
SMALL_RECALL_COUNTS: Final = 1.1
"""The same of words in small letters, hardly any of which is a name."""
LIBRARIES: Final = ("faker", "numpy", "spacy")


@dataclass(frozen=True, slots=True)
class NamesPlan:
    """``sentences``: how many are written, for each labelled review; ``dev_sentences``: to choose
    thresholds by; ``keeps``: the share of its weights that a tagger keeps where training goes on
    from it (Wortsman et al. 2022, https://arxiv.org/abs/2109.01903)."""

    seed: int = 0
    sentences: float = 10.0
    dev_sentences: int = 6000
    keeps: float = 0.3
    fitting: FittingPlan = field(default_factory=FittingPlan)


def train(
    texts: Sequence[str], labelled: Sequence[Labelled], given_names: Sequence[str], plan: NamesPlan,
    progress: Progress,
    begun: NameTagger | None = None, things_known: Collection[int] = (),
) -> Artifact:  # fmt: skip
    """The tagger. ``texts``: cleaned reviews, for which words are common; ``labelled``: some of
    them, with teachers' labels.

    ``given_names``: more of them, in small letters, beside those of the lists. ``begun``: the
    tagger to go on from, whose words stay known. ``things_known``: hashes of words that name no
    person by themselves.
    """
    held_out = [one for one in labelled if share(f"dev {one.text}") < DEV_SHARE]
    learnt = [one for one in labelled if share(f"dev {one.text}") >= DEV_SHARE]
    progress("people and places", 0.0)
    known = people("train", tuple(given_names))
    train_writer = writer(known, places("train"), plan.seed)
    written_in = training_texts(
        learnt, [*sentences.TRAIN, *things.PEOPLE], train_writer, plan.sentences
    )
    given = {name.lower() for names, _ in known.countries.values() for name in names}
    roles = roles_of(texts, written_in, given)
    if begun:
        roles |= begun.roles & ~np.uint8(THING)
    roles[np.array([word >> (64 - ROLE_BITS) for word in things_known], np.int64)] |= THING
    progress("examples", 0.1)
    examples = examples_of(written_in, roles, plan.fitting.bits)
    weights = fit(
        examples,
        plan.fitting,
        lambda step, part: progress(step, 0.1 + 0.8 * part),
        begun.weights if begun else None,
    )
    if begun:
        weights = Weights(
            *(
                plan.keeps * old + (1 - plan.keeps) * new
                for old, new in zip(begun.weights, weights, strict=True)
            )
        )
    weights = Weights(
        *(stored(array, "linear8" if array.ndim == 2 else "float32") for array in weights)
    )
    progress("thresholds", 0.9)
    dev_writer = writer(people("dev"), places("dev"), plan.seed + 1)
    dev = written(held_out, sentences.DEV, dev_writer, plan.dev_sentences / len(held_out))
    limits, reached = thresholds(weights, roles, [*held_out, *dev])
    progress("done", 1.0)
    words = np.flatnonzero(roles)
    return make(
        "names-en",
        Part("names", limits),
        Part("names", {"bits": plan.fitting.bits}),
        {
            name: (array, "linear8" if array.ndim == 2 else "float32")
            for name, array in weights._asdict().items()
        }
        | {"known": (words.astype(np.int32), "exact"), "roles": (roles[words], "exact")},
        Calibration(),
        {
            "texts": len(texts),
            "labelled": len(labelled),
            "written_sentences": int(len(learnt) * plan.sentences),
            "candidates": len(examples.tags),
            "things": len(things_known),
            "settings": asdict(plan),
            "begun": begun.version if begun else "",
            "libraries": {library: version(library) for library in LIBRARIES},
            "dev": {kind: asdict(one) | {"f1": one.f1} for kind, one in reached.items()},
        },
    )


def thresholds(
    weights: Weights, roles: Small, dev: Sequence[Labelled]
) -> tuple[dict[str, list[float]], dict[str, Agreement]]:
    """For each tag how likely a word must be, one in small letters, and the words beside it; and
    what they reach on ``dev``.
    """
    texts, gold = [one.text for one in dev], [one.spans for one in dev]
    chosen: dict[str, dict[str, float]] = {}
    reached: dict[str, Agreement] = {}

    def tried(sure: float, small: float, fair: float, beta: float) -> None:
        limits = {"sure": sure, "small": small, "fair": fair}
        found = _tagger(weights, roles, limits)(texts)
        for kind in TAGS[1:]:
            got = agreement(texts, gold, found, kind)
            if kind not in reached or got.f(beta) > reached[kind].f(beta):
                chosen[kind], reached[kind] = limits, got

    for sure, fair in product(SURE, FAIR):
        tried(sure, sure, fair, RECALL_COUNTS)
    for kind in TAGS[1:]:
        others = {other: (chosen[other], reached[other]) for other in TAGS[1:] if other != kind}
        for small in SMALL_SURE:
            tried(chosen[kind]["sure"], small, chosen[kind]["fair"], SMALL_RECALL_COUNTS)
            for other, kept in others.items():
                chosen[other], reached[other] = kept
    return {
        name: [chosen[kind][name] for kind in TAGS[1:]] for name in ("sure", "small", "fair")
    }, reached


def _tagger(weights: Weights, roles: Small, limits: Mapping[str, float]) -> NameTagger:
    sure, small, fair = (
        np.array([NEVER, limits[name], limits[name]], np.float32)
        for name in ("sure", "small", "fair")
    )
    return NameTagger(weights, roles, sure, small, fair)
