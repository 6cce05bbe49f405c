"""Loading of the shipped models of aspects."""

from __future__ import annotations

from collections.abc import Sequence

from models.artifact import artifact
from models.aspects.categories import SHIPPED, Categoriser
from models.aspects.extractor import AspectExtractor, Level
from models.aspects.own_aspects import OwnAspect
from models.aspects.terms import TermTagger


def extractor(level: Level, own: Sequence[OwnAspect]) -> AspectExtractor:
    """The extractor for a level, with the user's ``own`` aspects where that is ``full``. Raises
    ``ModelNotFound``, ``ModelIntegrityError``.
    """
    tagger = TermTagger.load()
    if level == "terms":
        return AspectExtractor(tagger)
    return AspectExtractor(tagger, Categoriser.of(artifact.load(SHIPPED), own), tagger.judge)
