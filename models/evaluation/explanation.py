"""Explanation of a score by occlusion: the contribution of each part of a text is the effect of
leaving it out.

Occlusion: Zeiler & Fergus 2014, https://arxiv.org/abs/1311.2901; for texts Li et al. 2016,
https://arxiv.org/abs/1612.08220
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.inference.scorer import Scorer
from models.text.word_spans import tokens, without

OCCLUSIONS: Final = 512
"""Texts that are scored to explain one: longer ones are explained in wider steps."""
BATCH: Final = 64
NEAREST: Final = 1e-7
"""Scores are float32: closer than this to 0 or 1 they cannot be told from certainty, whose log-odds
are infinite. Beyond log-odds of 8 or so contributions lose their third decimal for the same reason.
"""


class Attribution(NamedTuple):
    """text[start:end], and the log-odds of the score that go when it is left out: above 0 where it
    speaks for positive.
    """

    start: int
    end: int
    contribution: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """``attributions`` are of ``window`` tokens each, ``stride`` apart, in order; ``tokens`` are
    the places of all tokens.

    Contributions need not add up to ``log_odds``: they do where the model is additive, up to its
    bias.
    """

    score: float
    log_odds: float
    window: int
    stride: int
    tokens: tuple[tuple[int, int], ...]
    attributions: tuple[Attribution, ...]

    def by_token(self) -> list[Attribution]:
        """Each token with its even share of every window it is in, averaged over these: for
        colouring a text.
        """
        sums, counts = np.zeros(len(self.tokens)), np.zeros(len(self.tokens))
        for number, (_, _, contribution) in enumerate(self.attributions):
            inside = slice(
                number * self.stride, min(number * self.stride + self.window, len(self.tokens))
            )
            sums[inside] += contribution / len(sums[inside])
            counts[inside] += 1
        shares = sums / np.maximum(counts, 1)
        return [
            Attribution(start, end, float(share))
            for (start, end), share in zip(self.tokens, shares, strict=True)
        ]


def explain(
    scorer: Scorer,
    text: str,
    *,
    window: int = 1,
    limit: int = OCCLUSIONS,
    progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Leave out each ``window`` tokens of a cleaned and masked text in turn and see what changes.

    At most ``limit`` texts are scored: beyond that, windows widen and stand side by side
    (``stride`` > 1 says so). ``progress`` is told how many of how many are done.
    """
    places = tokens(text)
    last = max(0, len(places) - window)
    stride = 1 if last < limit else -(-len(places) // limit)
    window = max(window, stride)
    spans = [
        (places[first][0], places[min(first + window, len(places)) - 1][1])
        for first in range(0, len(places) if stride > 1 else min(len(places), last + 1), stride)
    ]
    whole = scorer.score([text])
    odds = []
    for start in range(0, len(spans), BATCH):
        odds.append(
            log_odds(scorer.score([without(text, *span) for span in spans[start : start + BATCH]]))
        )
        if progress:
            progress(min(start + BATCH, len(spans)), len(spans))
    [base] = log_odds(whole)
    changes: Sequence[float] = (base - np.concatenate(odds)).tolist() if odds else []
    attributions = tuple(
        Attribution(*span, change) for span, change in zip(spans, changes, strict=True)
    )
    return Explanation(float(whole[0]), float(base), window, stride, tuple(places), attributions)


def log_odds(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """log(p / (1 - p)) of probabilities, finite; same shape."""
    clipped = np.clip(scores.astype(np.float64), NEAREST, 1 - NEAREST)
    odds: npt.NDArray[np.float64] = np.log(clipped) - np.log1p(-clipped)
    return odds
