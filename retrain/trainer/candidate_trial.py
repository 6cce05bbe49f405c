"""Trial of candidates: answers of champion and candidate on held-out feedback and golden set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from infra.settings import RetrainingSettings, ScoringSettings
from models.artifact.artifact import Artifact
from models.inference.classifier import Classifier
from models.labels import LABELS, Judgement, Positions, positions
from retrain.shared.core.examples import Dataset, Example, concerns
from retrain.trainer.core.acceptance import (
    Acceptance,
    Answers,
    Criteria,
    comparable,
    judge,
    parts,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """Texts on which candidates are compared with a champion, and what is asked of them.

    ``golden``: by part, see ``parts``; ``alone``: the golden set has nothing in the language, so
    that the feedback has to guard alone.
    """

    language: str
    held_out: Sequence[Example] = field(repr=False)
    golden: Mapping[str, Sequence[Example]] = field(repr=False)
    alone: bool
    criteria: Criteria

    @classmethod
    def of(
        cls,
        settings: RetrainingSettings,
        champion: Artifact,
        given: Artifact | None,
        data: Dataset,
        golden: Sequence[Example],
        language: str,
    ) -> Trial:
        """Neutral texts count where all that are compared have this answer, and other languages
        where all know them.
        """
        neutral = all(model.multilingual for model in filter(None, (champion, given)))
        held_out, golden = (
            [example for example in examples if neutral or example.sided]
            for examples in (data.held_out, golden)
        )
        return cls(
            language,
            comparable(held_out, settings.trusted),
            parts(golden, language, settings.max_loss, others=neutral),
            not any(concerns(example, language) for example in golden),
            Criteria(settings.min_gain, settings.max_loss),
        )

    @property
    def sides_held_out(self) -> frozenset[str]:
        """The sides that feedback held out takes."""
        return frozenset(example.label for example in self.held_out if example.sided)

    @property
    def guard(self) -> str:
        """For people: what a candidate must lose nothing on."""
        named = ", ".join(f"{name}: {len(part)}" for name, part in self.golden.items())
        if not self.alone:
            return f"golden reviews ({named}) and the earlier half of held-out feedback"
        others = f", golden reviews of other languages ({named})" if named else ""
        return f"both halves of held-out feedback, no golden reviews of {self.language}{others}"

    def answers(self, model: Artifact) -> Positions:
        """What a model says of all texts: those held out, then the golden set by part."""
        every = [*self.held_out, *chain.from_iterable(self.golden.values())]
        return positions(judgement(model, every, self.language))

    def compare(self, champion: Positions, candidate: Positions) -> Acceptance:
        """Of what both say of all texts."""
        sets = [self.held_out, *self.golden.values()]
        ends = np.cumsum([len(examples) for examples in sets])[:-1]
        said = zip(np.split(champion, ends), np.split(candidate, ends), sets, strict=True)
        recent, *golden = (Answers(one, other, labels(examples)) for one, other, examples in said)
        sides = dict(zip(self.golden, golden, strict=True))
        return judge(recent, sides, self.criteria, both_halves=self.alone)


def judgement(model: Artifact, examples: Sequence[Example], language: str) -> Judgement:
    """What a model says of texts in the languages that they name, else in this one."""
    classifier = Classifier.start(model, ScoringSettings())
    return classifier.judge(
        [example.text for example in examples],
        [example.language or language for example in examples],
    )


def labels(examples: Sequence[Example]) -> Positions:
    """Their labels."""
    return np.array([LABELS.index(example.label) for example in examples], np.int64)
