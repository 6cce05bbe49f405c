"""Corpus of texts whose aspect terms are marked, with the split of the judge's corpus.

A text that is held out there is held out here: the groups, the buckets and the keys are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import regex

from models.evaluation.aspect_terms import GoldTerm, gold_terms
from models.lab.judgement import corpus, corpus_split, sources
from models.lab.judgement.corpus import REVIEWS, LabelledText
from models.lab.judgement.corpus_split import Part
from models.lab.judgement.text_keys import text_key
from schemas.errors import InputError

WITHOUT_TERMS: Final = frozenset({
    "bn_cricket", "en_oats_reviews", "en_roast", "id_hoasa_hotel", "it_absita_hotel",
    "vi_visfd_phone", "vi_vlsp18_restaurant", "zh_asap_restaurant",
})  # fmt: skip
"""Sets whose aspects are categories of whole texts: they say nothing of terms."""
UNMARKED: Final = frozenset({
    "en_structured_opener", "es_structured_opener", "ca_structured_multibooked",
    "no_structured_norec",
})  # fmt: skip
"""Sets in which a text without aspects holds no opinion, which is why it has none."""
WHOLE: Final = frozenset({
    "ar_arsarcasm2_tweets", "ar_products", "ar_restaurants_1", "chinese_reviews",
    "de_sb10k_tweets", "en_amazon_stars", "en_semeval17_tweets", "en_sst5", "fa_sentipers",
    "fr_insurance_stars", "hu_husst", "id_smsa", "kk_kazsandra", "ko_nsmc_stars", "multi_nusax",
    "multi_xlmt_tweets", "pl_polemo_hotels", "ru_tweets_banks_telecom", "th_wisesight",
    "tr_ecommerce", "tweets", "vi_visfd_phone", "zh_shopping10", "zh_waimai",
})  # fmt: skip
"""Sets whose texts have a label and no terms."""
LONGEST_WHOLE: Final = 140
"""Characters of a text that is taken to be of one opinion."""
WEAK: Final = 3
"""Stars that are no sure sign of neutrality."""
WORD: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]{1,2}|[\p{Thai}]{2,4}|\p{L}{3,}")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AspectText:
    """``terms``: distinct spans in order; they may overlap, as some sets' do. ``aspects``: as
    the set has them.
    """

    set: str
    language: str
    domain: str
    text: str = field(repr=False)
    group: str | None = field(repr=False)
    terms: tuple[GoldTerm, ...] = field(repr=False)
    aspects: str = field(repr=False, default="[]")

    @property
    def unmarked(self) -> bool:
        """Whether it has no aspects at all."""
        return self.aspects == "[]"

    @property
    def part(self) -> Part:
        """Part of the split."""
        return corpus_split.part_of(corpus_split.bucket(self.group))


def read(folder: Path, say: Say = lambda _: None) -> list[AspectText]:
    """All texts of sets that mark terms. ``folder``: see ``judgement.corpus``. Raises
    ``InputError``.
    """
    paths = [
        path
        for path in sorted((folder / REVIEWS).glob("*.csv.gz"))
        if _name(path) not in WITHOUT_TERMS
    ]
    if not paths:
        raise InputError(f"{folder / REVIEWS}: no sets of reviews")
    texts: list[AspectText] = []
    for path in paths:
        name = _name(path)
        if name not in sources.SOURCES:
            raise InputError(f"{path}: the licence of this set is unknown")
        rows = list(corpus.grouped(folder / REVIEWS, name))
        if any(row.get("aspects") for row, _ in rows):
            texts += [_text(name, row, group) for row, group in rows if row["text"].strip()]
            say(f"{name}: {len(rows):,} texts")
    return texts


def _name(path: Path) -> str:
    return path.name.removesuffix(".csv.gz")


def _text(name: str, row: corpus.Row, group: str | None) -> AspectText:
    aspects = row["aspects"] or "[]"
    terms = gold_terms(row["text"], aspects)
    return AspectText(name, row["lang"], row["domain"] or "", row["text"], group, terms, aspects)


def whole(labelled: Sequence[LabelledText]) -> list[AspectText]:
    """Short texts of sets without terms, of which a word or two is a term with the polarity of the
    text: they teach what is good and bad, not what a term is.
    """
    found = []
    for text in labelled:
        if text.set not in WHOLE or len(text.text) > LONGEST_WHOLE or text.stars == WEAK:
            continue
        words = [match.span() for match in WORD.finditer(text.text)]
        if words:
            first = text_key(text.text) % len(words)
            spans = sorted({words[first], words[(first + len(words) // 2) % len(words)]})
            terms = tuple(GoldTerm(*span, text.label, whole=True) for span in spans)
            found.append(
                AspectText(text.set, text.language, text.domain, text.text, text.group, terms, "")
            )
    return found


def withheld(labelled: Sequence[LabelledText], texts: Sequence[AspectText]) -> frozenset[int]:
    """The keys of texts that must not train: those of the judge's corpus (``labelled``), and those
    held out here that have no label there.
    """
    here = {
        text_key(text.text)
        for text in texts
        if text.part in {Part.HELD_OUT, Part.DEVELOPMENT} or not sources.SOURCES[text.set].trains
    }
    return corpus_split.withheld(labelled) | here


def trains(text: AspectText, kept_back: frozenset[int]) -> bool:
    """Whether a text may train what is shipped. ``kept_back``: ``withheld``."""
    return (
        sources.SOURCES[text.set].trains
        and text.part is Part.TRAINING
        and text_key(text.text) not in kept_back
    )
