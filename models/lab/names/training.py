"""From reviews to a tagger on disk: labels, examples, fitting, thresholds.

Names, the sentences around them and the reviews are disjoint between training and development, and thresholds are chosen on the
latter alone. The same texts, teachers and settings give the same model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import product
from typing import Final

import numpy as np

from models.artifact import Artifact, Part, make
from models.calibration import Calibration
from models.fitting_settings import Progress
from models.lab.names import sentences
from models.lab.names.agreement import Agreement, agreement
from models.lab.names.examples import examples_of, roles_of, training_texts, writer, written
from models.lab.names.fitting import FittingPlan, fit
from models.lab.names.labels import Labelled, share
from models.lab.names.people import people
from models.lab.names.places import places
from models.names.network import TAGS, Weights
from models.names.reading import Small
from models.names.tagger import NEVER, NameTagger
from models.storage import stored

DEV_SHARE: Final = 0.08
SURE: Final = (0.35, 0.4, 0.5, 0.6, 0.7, 0.8)
FAIR: Final = (0.05, 0.1, 0.2, 0.3)
RECALL_COUNTS: Final = 2.0
"""A name that stays is so many times as bad as a word that goes (the beta of F)."""
LIBRARIES: Final = ("faker", "numpy", "spacy")


@dataclass(frozen=True, slots=True)
class NamesPlan:
    """``sentences``: how many are written, for each labelled review; ``dev_sentences``: to choose thresholds by."""

    seed: int = 0
    sentences: float = 10.0
    dev_sentences: int = 6000
    fitting: FittingPlan = field(default_factory=FittingPlan)


def train(
    texts: Sequence[str], labelled: Sequence[Labelled], given_names: Sequence[str], plan: NamesPlan, progress: Progress
) -> Artifact:
    """The tagger. ``texts``: cleaned reviews, for which words are common; ``labelled``: some of them, with teachers' labels.

    ``given_names``: more of them, in small letters, beside those of the lists.
    """
    held_out = [one for one in labelled if share(f"dev {one.text}") < DEV_SHARE]
    learnt = [one for one in labelled if share(f"dev {one.text}") >= DEV_SHARE]
    progress("people and places", 0.0)
    known = people("train", tuple(given_names))
    train_writer = writer(known, places("train"), plan.seed)
    written_in = training_texts(learnt, sentences.TRAIN, train_writer, plan.sentences)
    given = {name.lower() for names, _ in known.countries.values() for name in names}
    roles = roles_of(texts, written_in, given)
    progress("examples", 0.1)
    examples = examples_of(written_in, roles, plan.fitting.bits)
    weights = fit(examples, plan.fitting, lambda step, part: progress(step, 0.1 + 0.8 * part))
    weights = Weights(*(stored(array, "linear8" if array.ndim == 2 else "float32") for array in weights))
    progress("thresholds", 0.9)
    dev_writer = writer(people("dev"), places("dev"), plan.seed + 1)
    dev = written(held_out, sentences.DEV, dev_writer, plan.dev_sentences / len(held_out))
    sure, fair, reached = thresholds(weights, roles, dev)
    progress("done", 1.0)
    words = np.flatnonzero(roles)
    return make(
        "names-en",
        Part("names", {"sure": sure, "fair": fair}),
        Part("names", {"bits": plan.fitting.bits}),
        {name: (array, "linear8" if array.ndim == 2 else "float32") for name, array in weights._asdict().items()}
        | {"known": (words.astype(np.int32), "exact"), "roles": (roles[words], "exact")},
        Calibration(),
        {
            "texts": len(texts),
            "labelled": len(labelled),
            "written_sentences": int(len(learnt) * plan.sentences),
            "candidates": len(examples.tags),
            "settings": asdict(plan),
            "libraries": {library: version(library) for library in LIBRARIES},
            "dev": {kind: asdict(one) | {"f1": one.f1} for kind, one in reached.items()},
        },
    )


def thresholds(weights: Weights, roles: Small, dev: Sequence[Labelled]) -> tuple[list[float], list[float], dict[str, Agreement]]:
    """For each tag how likely a word must be, and the words beside it; and what they reach on ``dev``."""
    sure, fair, reached = [0.0, 0.0], [0.0, 0.0], {}
    texts, gold = [one.text for one in dev], [one.spans for one in dev]
    best = dict.fromkeys(TAGS[1:], -1.0)
    for high, low in product(SURE, FAIR):
        at_least, beside = (np.array([NEVER, value, value], np.float32) for value in (high, low))
        found = NameTagger(weights, roles, at_least, beside)(texts)
        for number, kind in enumerate(TAGS[1:]):
            got = agreement(texts, gold, found, kind)
            if got.f(RECALL_COUNTS) > best[kind]:
                best[kind] = got.f(RECALL_COUNTS)
                sure[number], fair[number], reached[kind] = high, low, got
    return sure, fair, reached
