"""Ahead-of-time compilation of scoring and masking: ``python -m models.precompile``.

Numba keeps what it compiled in ``NUMBA_CACHE_DIR``, for this processor or the one that
``NUMBA_CPU_NAME`` names.
"""

from __future__ import annotations

from models.aspects.categories import Categoriser
from models.aspects.terms import TermTagger
from models.inference.classifier import Classifier
from models.names.tagger import NameTagger
from models.registry.references import COMES_ALONG
from models.text import language_draws

TEXT = "A text with the name of Jane Doe, who lives in Paris."
ABOUT = "The battery is bad, but the screen is great."
OWN = {"aspect": [{"name": "an aspect", "examples": ["service"]}]}


def precompile() -> None:
    """Load each shipped model that a process can serve, and let it work once, and what identifies
    languages.
    """
    for folder in COMES_ALONG:
        Classifier.load(str(folder)).judge([TEXT], ["en"])
    names = NameTagger.load()
    names([TEXT])
    names([TEXT], full_names=True)
    language_draws.warm_up()
    TermTagger.load()([TEXT], ["en"])
    Categoriser.load(OWN)(["food"], [TEXT], ["en"])
    tagger = TermTagger.load()
    tagger([ABOUT], ["en"])
    tagger.judge([ABOUT], ["en"], [[(4, 11)]])


if __name__ == "__main__":
    precompile()
