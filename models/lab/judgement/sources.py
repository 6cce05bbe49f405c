"""Sources of the corpus: origin and licence of each set, and whether it may train a shipped model.

The classes are those of the table that comes with the corpus (``reviews/README.md`` in its folder)
and, for the five sets beside it, of what their publishers state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Licence(StrEnum):
    """``UNSTATED``: the publisher says nothing. ``NON_COMMERCIAL``: for evaluation only."""

    OPEN = "open"
    UNSTATED = "unstated"
    NON_COMMERCIAL = "non-commercial"


OPEN, UNSTATED, NON_COMMERCIAL = Licence


@dataclass(frozen=True, slots=True)
class Source:
    """``test``: reported on, never trained or tuned on."""

    licence: Licence
    origin: str
    test: bool = False

    @property
    def trains(self) -> bool:
        """Whether its texts may train what is shipped."""
        return not self.test and self.licence is not NON_COMMERCIAL


BASE: Final[Mapping[str, tuple[str, str]]] = {
    "imdb_train": ("en", "film"),
    "rotten_tomatoes_train": ("en", "film"),
    "tweets": ("en", "airline_tweets"),
    "chinese_reviews": ("zh", "mixed"),
    "imdb_test_a": ("en", "film"),
}
"""The sets whose rows do not say so: their language and domain."""
MABSA: Final = (
    "ar",
    "da",
    "de",
    "en",
    "es",
    "fr",
    "hi",
    "id",
    "ja",
    "ko",
    "nl",
    "pt",
    "ru",
    "sv",
    "th",
    "tr",
    "vi",
    "zh",
)

SOURCES: Final[Mapping[str, Source]] = {
    "imdb_train": Source(UNSTATED, "film reviews (Maas et al. 2011), training split"),
    "rotten_tomatoes_train": Source(UNSTATED, "film sentences (Pang and Lee 2005)"),
    "tweets": Source(
        UNSTATED,
        (
            "airline and car tweets (CrowdFlower); a copy of the airline ones is published as CC "
            "BY-NC-SA 4.0"
        ),
    ),
    "chinese_reviews": Source(UNSTATED, "book, hotel and computer reviews"),
    "imdb_test_a": Source(
        UNSTATED, "film reviews (Maas et al. 2011), part of the test split", test=True
    ),
    **{
        f"mabsa_{language}": Source(
            UNSTATED,
            "M-ABSA: sentences on laptops, restaurants, phones, courses, hotels, food, sights",
        )
        for language in MABSA
    },
    "ar_arsarcasm2_tweets": Source(OPEN, "ArSarcasm-v2: tweets"),
    "ar_products": Source(UNSTATED, "product reviews (souq.com)"),
    "ar_restaurants_1": Source(UNSTATED, "restaurant reviews (Qaym)"),
    "ar_semeval16_hotel": Source(OPEN, "SemEval-2016 task 5: hotel sentences"),
    "bn_cricket": Source(UNSTATED, "comments about cricket"),
    "ca_structured_multibooked": Source(OPEN, "hotel reviews"),
    "cs_restaurant": Source(UNSTATED, "restaurant reviews"),
    "de_coffee_stars": Source(UNSTATED, "coffee reviews (utopia.de)"),
    "de_sb10k_tweets": Source(OPEN, "tweets (SB10k)"),
    "en_acos_laptop": Source(UNSTATED, "ACOS: Amazon laptop reviews"),
    "en_amazon_stars": Source(OPEN, "Amazon reviews: fashion, home, electronics, grocery"),
    "en_dmaste_aspects": Source(OPEN, "DMASTE: reviews of electronics, home, fashion, beauty"),
    "en_mams_restaurant": Source(OPEN, "MAMS: restaurant sentences of two or more aspects"),
    "en_memd_aspects": Source(
        UNSTATED, "MEMD: reviews of restaurants, hotels, laptops, books, clothing"
    ),
    "en_oats_reviews": Source(UNSTATED, "OATS: whole reviews of food, courses, hotels"),
    "en_oats_sentences": Source(UNSTATED, "OATS: sentences on food, courses, hotels"),
    "en_roast": Source(OPEN, "ROAST: phone reviews"),
    "en_semeval14_laptop": Source(OPEN, "SemEval-2014 task 4: laptop reviews, sentences"),
    "en_semeval14_restaurant": Source(OPEN, "SemEval-2014 task 4: restaurant reviews, sentences"),
    "en_semeval16_restaurant": Source(OPEN, "SemEval-2016 task 5: restaurant sentences"),
    "en_semeval17_tweets": Source(UNSTATED, "tweets (SemEval-2017 task 4; users masked)"),
    "en_sst5": Source(OPEN, "movie-review sentences (SST-5)"),
    "en_structured_opener": Source(OPEN, "hotel reviews"),
    "es_hotels_stars": Source(NON_COMMERCIAL, "hotel reviews (TripAdvisor, Cuba)"),
    "es_semeval16_restaurant": Source(OPEN, "SemEval-2016 task 5: restaurant sentences"),
    "es_structured_opener": Source(OPEN, "hotel reviews"),
    "fa_sentipers": Source(UNSTATED, "digital products (digikala), sentences"),
    "fr_books_pattern": Source(NON_COMMERCIAL, "Amazon.fr reviews"),
    "fr_insurance_stars": Source(UNSTATED, "service reviews of insurers (opinion-assurances.fr)"),
    "fr_semeval16_restaurant": Source(OPEN, "SemEval-2016 task 5: restaurant sentences"),
    "hu_husst": Source(OPEN, "movie sentences: SST translated by people"),
    "id_hoasa_hotel": Source(OPEN, "hotel reviews (AiryRooms)"),
    "id_smsa": Source(OPEN, "comments and reviews of many platforms (food, hotels, goods)"),
    "it_absita_hotel": Source(NON_COMMERCIAL, "hotel reviews (Booking.com)"),
    "ja_marc_amazon": Source(NON_COMMERCIAL, "Amazon products (MARC dev and test)"),
    "kk_kazsandra": Source(UNSTATED, "KazSAnDRA: reviews of apps, a market, maps, a book shop"),
    "ko_nsmc_stars": Source(OPEN, "movie reviews (Naver), sample of 9,000 a class"),
    "mr_mahasent_gt": Source(NON_COMMERCIAL, "general tweets"),
    "mr_mahasent_mr": Source(NON_COMMERCIAL, "movie reviews"),
    "multi_nusax": Source(OPEN, "parallel: SmSA reviews translated by people"),
    "multi_xlmt_tweets": Source(UNSTATED, "tweets, 8 languages balanced (UMSAB; users masked)"),
    "nl_books_pattern": Source(NON_COMMERCIAL, "bol.com book reviews"),
    "no_structured_norec": Source(NON_COMMERCIAL, "reviews, all kinds"),
    "pl_polemo_hotels": Source(OPEN, "hotel reviews"),
    "pt_absapt_hotel": Source(UNSTATED, "hotel reviews (TripAdvisor), pt-BR"),
    "ro_laroseda": Source(NON_COMMERCIAL, "product reviews (eMAG)"),
    "ru_rusentiment": Source(NON_COMMERCIAL, "VKontakte posts"),
    "ru_semeval16_restaurant": Source(OPEN, "SemEval-2016 task 5: restaurant sentences"),
    "ru_tweets_banks_telecom": Source(UNSTATED, "tweets about banks and telecoms"),
    "th_wisesight": Source(OPEN, "social-media posts about products and services"),
    "tr_ecommerce": Source(UNSTATED, "product reviews (Turkish shop)"),
    "tr_semeval16_restaurant": Source(OPEN, "SemEval-2016 task 5: restaurant sentences"),
    "vi_visfd_phone": Source(UNSTATED, "smartphone reviews"),
    "vi_vlsp18_restaurant": Source(UNSTATED, "VLSP-2018: restaurant reviews"),
    "zh_acos_zhang": Source(OPEN, "restaurant and shop reviews, whole reviews"),
    "zh_asap_restaurant": Source(OPEN, "restaurant reviews (Dianping)"),
    "zh_camera_car_laptop_phone": Source(OPEN, "cameras, cars, notebooks, phones, clauses"),
    "zh_shopping10": Source(UNSTATED, "shop reviews of ten kinds of goods"),
    "zh_waimai": Source(UNSTATED, "food-delivery reviews"),
}

LEFT_OUT: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "laptops": (frozenset({"en_acos_laptop", "en_semeval14_laptop"}), frozenset({"laptop"})),
    "restaurants": (
        frozenset({"en_mams_restaurant", "en_semeval14_restaurant", "en_semeval16_restaurant"}),
        frozenset({"restaurant", "food"}),
    ),
    "tweets": (frozenset({"tweets", "en_semeval17_tweets", "multi_xlmt_tweets"}), frozenset()),
    "courses": (frozenset(), frozenset({"coursera"})),
    "films": (
        frozenset({"imdb_train", "imdb_test_a", "rotten_tomatoes_train", "en_sst5"}),
        frozenset(),
    ),
    "hotels": (frozenset({"en_structured_opener"}), frozenset({"hotel", "hotels"})),
}
"""Domains that are left out of training one at a time: the sets, and the domains of any set, that
belong to each.
"""


def belongs(name: str, domain: str, left_out: str) -> bool:
    """Whether texts of this set and domain are of the domain ``left_out``."""
    sets, domains = LEFT_OUT[left_out]
    return name in sets or domain in domains
