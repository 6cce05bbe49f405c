"""Weights of the tagger's own answer beside the judge's, fitted on development texts, which trained
neither.

Multinomial logistic regression, of English apart from other languages: the sets that mark what is
merely mentioned, as the shipped style does, are English, and most of what they mark is neutral.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.aspects import second_opinion
from models.aspects.second_opinion import BIAS, FEATURES, WEIGHTS, Floats, Judge
from models.aspects.terms import TermTagger
from models.evaluation.aspect_terms import NO_POLARITY
from models.lab.aspects import measuring
from models.lab.aspects.corpus import AspectText, Say
from models.lab.aspects.prepared import MABSA, style_of
from models.labels import CLASSES

GROUPS: Final = {"": 0, "en": 1}
MENTIONED: Final = frozenset({
    "en_mams_restaurant", "en_semeval14_laptop", "en_semeval14_restaurant"
})  # fmt: skip
"""Sets whose terms need not be judged: they count ``MORE``, as the shipped style is theirs."""
MORE: Final = 3.0
TRANSLATED: Final = 1 / 3
"""Weight of a set of M-ABSA, which says in other words what 17 others say."""
PENALTY: Final = 0.3
"""Inverse strength of regularisation."""
TINY: Final = 1e-6


def fitted(
    tagger: TermTagger, judge: Judge, texts: Sequence[AspectText], say: Say
) -> tuple[dict[str, int], dict[str, Floats]]:
    """Groups of languages, and the arrays of ``SecondOpinion``. ``tagger``: without one."""
    seen, labels, sets, languages = evidence(tagger, judge, texts)
    weights = np.zeros((len(GROUPS), FEATURES, CLASSES), np.float32)
    bias = np.zeros((len(GROUPS), CLASSES), np.float32)
    for language, group in GROUPS.items():
        its = (languages == language) if language else ~np.isin(languages, list(GROUPS))
        model = LogisticRegression(C=PENALTY, max_iter=500)
        model.fit(seen[its], labels[its], shares(sets[its]))
        weights[group], bias[group] = model.coef_.T, model.intercept_
        say(f"second opinion, {language or 'other languages'}: {model.coef_.round(2).tolist()}")
    return dict(GROUPS), {WEIGHTS: weights, BIAS: bias}


def evidence(
    tagger: TermTagger, judge: Judge, texts: Sequence[AspectText]
) -> tuple[Floats, Any, Any, Any]:
    """Of the marked terms: features, labels, sets, languages."""
    own, labels, rows, spans = [], [], [], []
    for row, (text, answers) in enumerate(zip(texts, measuring.judged(tagger, texts), strict=True)):
        for term, answer in zip(text.terms, answers, strict=True):
            if term.polarity != NO_POLARITY:
                own.append(answer)
                labels.append(term.polarity)
                rows.append(row)
                spans.append(term.span)
    at = np.array(rows, np.int64)
    languages = [text.language for text in texts]
    seen = second_opinion.features(
        judge, np.log(np.maximum(np.array(own, np.float32), TINY)),
        [text.text for text in texts], languages, at, spans,
    )  # fmt: skip
    sets = np.array([text.set for text in texts])
    return seen, np.array(labels), sets[at], np.array(languages)[at]


def shares(sets: Any) -> Floats:
    """Weights of terms: a set counts as the root of its size."""
    counts = Counter(sets.tolist())
    found = np.array(
        [
            counts[name] ** -0.5
            * (MORE if name in MENTIONED else 1)
            * (TRANSLATED if style_of(name) == MABSA else 1)
            for name in sets.tolist()
        ],
        np.float32,
    )
    return np.asarray(found / found.mean())
