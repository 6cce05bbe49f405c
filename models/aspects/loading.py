"""Loading of the shipped models of aspects, as far as the settings ask for them."""

from __future__ import annotations

from infra.aspect_settings import AspectSettings
from models.aspects.extractor import AspectExtractor


def extractor(settings: AspectSettings) -> AspectExtractor | None:
    """The extractor for the level of the settings, None where that is off. Raises ``InputError``
    for a bad file of own aspects; ``ModelNotFound``, ``ModelIntegrityError``.
    """
    if settings.level == "off":
        return None
    from models.aspects.terms import TermTagger

    tagger = TermTagger.load()
    if settings.level == "terms":
        return AspectExtractor(tagger)
    from models.aspects.categories import Categoriser
    from models.aspects.clauses import clause

    return AspectExtractor(tagger, Categoriser.load(settings.own), tagger.judge, clause)
