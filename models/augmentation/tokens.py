"""Word splitting shared by the augmentations of single words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.artifact.calibration import Labels
from models.text.tokenizer import TOKEN

ALPHA = 0.1
"""Share of a text's words that change (EDA's advice for sets of this size is 0.05 to 0.1)."""

TURNING = frozenset(
    {
        "no", "not", "never", "nothing", "nobody", "none", "nor", "neither", "hardly", "barely",
        "without", "cannot", "but",
        "however", "although", "though", "except", "too",
    }
)  # fmt: skip
"""Words that turn what stands beside them around: moved or dropped, they would turn the label too.
"""


def may_change(token: str) -> bool:
    """Whether a token is a word, no placeholder of masked data, and does not turn a meaning
    around."""
    return token[0].isalpha() and token not in TURNING and not token.endswith("n't")


def rewritten(
    texts: Sequence[str],
    positive: Labels,
    rng: np.random.Generator,
    change: Callable[[list[str], list[int], np.random.Generator], list[str]],
) -> tuple[list[str], Labels]:
    """One changed copy of each text that has words to change. ``change`` gets the tokens and where
    those words are.

    Texts come back in lower case with spaces between the tokens: the same to every encoder.
    """
    added, kept = [], []
    for number, text in enumerate(texts):
        tokens = TOKEN.findall(text.lower())
        places = [at for at, token in enumerate(tokens) if may_change(token)]
        if places and (changed := change(tokens, places, rng)) != tokens:
            added.append(" ".join(changed))
            kept.append(number)
    return added, positive[np.array(kept, int)]


def some(places: Sequence[int], rng: np.random.Generator) -> list[int]:
    """``ALPHA`` of the places, one at least."""
    return [int(at) for at in rng.choice(places, max(1, round(ALPHA * len(places))), replace=False)]
