"""Selection of the corpus' English texts for training and evaluating the tagger, by the corpus'
split.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

from models.lab.judgement.corpus import LabelledText
from models.lab.judgement.corpus_split import Part, bucket, may_train, part_of, withheld
from models.lab.names.teacher_labels import share

LANGUAGE: Final = "en"
MOST: Final = {
    "imdb_train": 3500, "tweets": 7000, "rotten_tomatoes_train": 1500, "en_amazon_stars": 5000,
    "en_dmaste_aspects": 2000,
    "en_oats_reviews": 3000, "en_memd_aspects": 4000, "en_mams_restaurant": 1500,
    "en_semeval14_restaurant": 1500,
    "en_semeval16_restaurant": 1000, "en_semeval14_laptop": 1000, "en_roast": 1000,
    "en_structured_opener": 1500,
    "en_semeval17_tweets": 2500, "mabsa_en": 3000,
}  # fmt: skip
"""Sets that the tagger learns from, and how many texts of each at most are labelled."""
LONGEST: Final = 700
"""Characters of a text that is labelled: teachers are slow, and long texts are of films for the
most part.
"""
DOMAINS: Final = ("product", "hotel", "restaurant", "airline", "app")
OF_DOMAIN: Final = {
    "en_amazon_stars": "product", "en_dmaste_aspects": "product", "en_semeval14_laptop": "product",
    "en_acos_laptop": "product",
    "en_structured_opener": "hotel", "en_mams_restaurant": "restaurant",
    "en_semeval14_restaurant": "restaurant",
    "en_semeval16_restaurant": "restaurant", "tweets": "airline", "en_roast": "app",
    "hotel": "hotel", "hotels": "hotel", "restaurant": "restaurant", "laptop": "product",
    "clothing": "product",
    "amazon_ff": "product", "coursera": "app", "phone": "app",
}  # fmt: skip
"""The domain of a set, or of a domain of a set of several."""


AIRLINES: Final = regex.compile(
    r"(?i)@(?:united|southwestair|jetblue|americanair|usairways|virginamerica|delta)\b"
)
"""What the tweets about airlines address; others of their set are about cars and football."""


def domain_of(text: LabelledText) -> str:
    """One of ``DOMAINS``, or nothing. No set has reviews of apps: courses and phones stand for
    them.
    """
    if text.set == "tweets" and not AIRLINES.search(text.text):
        return ""
    return OF_DOMAIN.get(text.set) or OF_DOMAIN.get(text.domain, "")


def teaching(corpus: Sequence[LabelledText]) -> tuple[list[str], list[str]]:
    """The English texts that may train, and those of them that are labelled; in the order of their
    digests.
    """
    kept_back = withheld(corpus)
    allowed = {
        one.text: one.set
        for one in corpus
        if one.language == LANGUAGE and may_train(one, kept_back)
    }
    ordered = sorted(allowed, key=share)
    chosen, left = [], dict(MOST)
    for text in ordered:
        if left.get(allowed[text], 0):
            left[allowed[text]] -= 1
            chosen.append(text)
    return ordered, chosen


def held_out(corpus: Sequence[LabelledText], domain: str, part: Part = Part.HELD_OUT) -> list[str]:
    """The English texts of a domain in a part of the split that does not train, in the order of
    their digests.
    """
    found = {
        one.text
        for one in corpus
        if one.language == LANGUAGE
        and domain_of(one) == domain
        and part_of(bucket(one.group)) is part
    }
    return sorted(found, key=share)
