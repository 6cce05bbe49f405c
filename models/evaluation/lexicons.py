"""Lexicon baselines for comparison, VADER and TextBlob. Of the extra ``lab``; neither needs a
download.

VADER: Hutto & Gilbert 2014, https://ojs.aaai.org/index.php/ICWSM/article/view/14550. TextBlob takes
its list from pattern.en.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt

from infra.extras import needs
from models.evaluation.cost import size_of


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Looks like a model: polarity from -1 to 1 becomes a score from 0 to 1, and no opinion 0.5.
    ``size``: bytes on disk.
    """

    name: str
    version: str
    size: int
    polarity: Callable[[str], float] = field(repr=False)

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(polarity + 1) / 2 of each text, float32 [len(texts)]: not a probability, whatever the
        calibration error says.
        """
        polarities = np.fromiter((self.polarity(text) for text in texts), np.float64, len(texts))
        return ((np.clip(polarities, -1, 1) + 1) / 2).astype(np.float32)


def vader() -> Lexicon:
    """VADER's compound score. Raises ``ConfigurationError`` where it is not installed."""
    module = _import("vaderSentiment.vaderSentiment")
    analyzer = module.SentimentIntensityAnalyzer()
    return Lexicon(
        "VADER",
        version("vadersentiment"),
        _size(module),
        lambda text: float(analyzer.polarity_scores(text)["compound"]),
    )


def textblob() -> Lexicon:
    """TextBlob's polarity. Raises ``ConfigurationError`` where it is not installed."""
    module = _import("textblob")
    blob = module.TextBlob
    return Lexicon(
        "TextBlob",
        version("textblob"),
        _size(module),
        lambda text: float(blob(text).sentiment.polarity),
    )


def _import(module: str) -> ModuleType:
    with needs("train"):
        return importlib.import_module(module)


def _size(module: ModuleType) -> int:
    assert module.__file__ is not None
    return size_of(Path(module.__file__).parent)
