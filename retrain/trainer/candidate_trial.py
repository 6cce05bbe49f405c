"""Trial of candidates: answers of champion and candidate on held-out feedback, golden set and
behaviour suite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np

from infra.settings import RetrainingSettings, ScoringSettings
from models.artifact.artifact import ADAPTED, Artifact
from models.evaluation.behaviour import suite as behaviour_suite
from models.evaluation.behaviour.comparing import compare as compare_behaviour
from models.evaluation.behaviour.observing import Observed, observe
from models.evaluation.behaviour.suite import Suite
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
    to_cross_fit,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A model's answers: ``labels`` of the texts of a trial, its behaviour, and ``unseen``: labels
    of the texts to cross-fit, None where they cannot be compared.
    """

    labels: Positions = field(repr=False)
    behaviour: Observed = field(repr=False)
    unseen: Positions | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Trial:
    """Texts on which candidates are compared with a champion, and what is asked of them.

    ``golden``: by part, see ``parts``; ``suite``: in the languages that all of the models serve;
    ``alone``: the golden set has nothing in the language, so that the feedback has to guard alone.
    ``cross_fitted``: feedback that candidates learn and that models made without it answer, where
    too little is held out to show a gain.
    """

    language: str
    held_out: Sequence[Example] = field(repr=False)
    cross_fitted: Sequence[Example] = field(repr=False)
    golden: Mapping[str, Sequence[Example]] = field(repr=False)
    suite: Suite
    alone: bool
    criteria: Criteria
    max_behaviour_loss: float

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
        models = [model for model in (champion, given) if model is not None]
        neutral = all(model.multilingual for model in models)
        held_out, learnt, golden = (
            [example for example in examples if neutral or example.sided]
            for examples in (data.held_out, data.learnt, golden)
        )
        # An adapted champion may have learnt these texts, and a given candidate too.
        fair = given is None and champion.network.kind != ADAPTED
        more = to_cross_fit(held_out, learnt) if fair else []
        compared = comparable([*held_out, *more], settings.trusted)
        apart = {example.key for example in held_out}
        return cls(
            language,
            [example for example in compared if example.key in apart],
            [example for example in compared if example.key not in apart],
            parts(golden, language, settings.max_loss, others=neutral),
            behaviour_suite.load().of(set.intersection(*(set(each.languages) for each in models))),
            not any(concerns(example, language) for example in golden),
            Criteria(settings.min_gain, settings.max_loss),
            settings.max_behaviour_loss,
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

    def champion_answers(self, model: Artifact) -> Said:
        """Of all texts, those to cross-fit as well: the champion has learnt none of them."""
        said = self.answers(model)
        if not self.cross_fitted:
            return said
        unseen = positions(judgement(model, self.cross_fitted, self.language))
        return replace(said, unseen=unseen)

    def answers(self, model: Artifact, unseen: Positions | None = None) -> Said:
        """Of all texts: those held out, then the golden set by part, then the behaviour suite.
        ``unseen``: see ``Said``.
        """
        every = [*self.held_out, *chain.from_iterable(self.golden.values())]
        classifier = Classifier.start(model, ScoringSettings())
        labels = positions(judged(classifier, every, self.language))
        return Said(labels, observe(classifier.judge, self.suite), unseen)

    def compare(self, champion: Said, candidate: Said) -> Acceptance:
        """Of what both say of all texts."""
        sets = [self.held_out, *self.golden.values()]
        ends = np.cumsum([len(examples) for examples in sets])[:-1]
        said = zip(
            np.split(champion.labels, ends), np.split(candidate.labels, ends), sets, strict=True
        )
        recent, *golden = (Answers(one, other, labels(examples)) for one, other, examples in said)
        recent = self._with_cross_fitted(recent, champion, candidate)
        sides = dict(zip(self.golden, golden, strict=True))
        behaviour = compare_behaviour(
            champion.behaviour, candidate.behaviour, self.max_behaviour_loss
        )
        return judge(recent, sides, self.criteria, behaviour, both_halves=self.alone)

    def _with_cross_fitted(self, recent: Answers, champion: Said, candidate: Said) -> Answers:
        """Answers of held-out feedback, with those of the texts to cross-fit, the latest first."""
        if champion.unseen is None or candidate.unseen is None:
            return recent
        every = [*self.held_out, *self.cross_fitted]
        latest = sorted(range(len(every)), key=lambda at: (every[at].at, every[at].key))[::-1]
        return Answers(
            np.concatenate([recent.champion, champion.unseen])[latest],
            np.concatenate([recent.candidate, candidate.unseen])[latest],
            np.concatenate([recent.labels, labels(self.cross_fitted)])[latest],
        )


def judgement(model: Artifact, examples: Sequence[Example], language: str) -> Judgement:
    """What a model says of texts in the languages that they name, else in this one."""
    return judged(Classifier.start(model, ScoringSettings()), examples, language)


def judged(classifier: Classifier, examples: Sequence[Example], language: str) -> Judgement:
    """See ``judgement``."""
    return classifier.judge(
        [example.text for example in examples],
        [example.language or language for example in examples],
    )


def labels(examples: Sequence[Example]) -> Positions:
    """Their labels."""
    return np.array([LABELS.index(example.label) for example in examples], np.int64)
