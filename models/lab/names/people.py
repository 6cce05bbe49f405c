"""Generator of people's names: Faker's lists of many countries in Latin letters, and names made of
syllables.

Every given name and surname belongs, by its digest, to training, development or test, whichever
country it is from; and some countries are kept for the test alone. https://faker.readthedocs.io
"""

from __future__ import annotations

import importlib
import pkgutil
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

import faker.providers.person
import regex

from models.lab.names.teacher_labels import share

Part = Literal["train", "dev", "test"]
TEST_COUNTRIES: Final = frozenset(
    {"et_EE", "lv_LV", "lt_LT", "zu_ZA", "yo_NG", "tw_GH", "hr_HR", "ga_IE", "ro_RO", "uz_UZ"}
)
TRAIN_SHARE, DEV_SHARE = 0.86, 0.92
LATIN: Final = regex.compile(r"[\p{Latin}\p{M}'’ -]+")
TRANSLITERATED: Final = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґёαβγδεζηθικλμνξοπρσςτυφχψω", (
    "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i yi ye g yo "
    "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
).replace("_", "").split(" "), strict=True))  # fmt: skip
ACCENTS: Final = str.maketrans("άέήίόύώϊϋ", "αεηιουωιυ")
"""Romanised names that no list of Faker's has, as (surnames, syllables of given names)."""
SYLLABLES: Final = {
    "zh": ("Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo "
           "Zheng Liang Xie Song Tang Deng Feng",
           "wei fang xiu ying na min jing qiang lei jun yang yong yan jie juan tao ming chao xia "
           "ping gang xiao hong mei ling yu hao ran zi han xin"),
    "ko": ("Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Ryu "
           "Hong Jeon Ko Moon Son Bae Baek Heo Nam",
           ("min jun seo yeon ji woo hyun soo young jin ho kyung hee eun sang tae dong hye in ah "
           "yoo na ra bin won jae")),
    "ja": ("Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida "
           "Yamada Sasaki Matsumoto Inoue Kimura Hayashi",
           ("ha ru ki yo shi ka zu mi na o to mo ko hi ro ta ke a ya me sa ku ra yu ri e ma su no "
           "bu tsu ne")),
    "yo": ("Adeyemi Okafor Eze Balogun Okonkwo Adebayo Nwosu Mensah Owusu Boateng Diallo Traore "
           "Keita Ndiaye Sow Kamara Mutasa Moyo Dlamini",
           "o lu wa se un a de ba yo chi ne du ka nke chu kwu e me ifeo ma ngo zi bo la ni ku le "
           "tu mi femi ko jo kwa me ab ena"),
    "hi": ("Sharma Verma Gupta Patel Reddy Iyer Nair Menon Rao Mukherjee Banerjee Chatterjee Desai "
           "Joshi Kulkarni Pillai Naidu Bose Singh",
           ("a ra ni sha vi ka sh ya na di ra j su ni ta pri ti de v an jal i ro hit me gha sa nj "
           "ay la k shmi pa d ma")),
    "ar": ("Haddad Khoury Mansour Nasser Saleh Hamdan Qasim Najjar Al-Masri Al-Rashid El-Sayed "
           "Bakr Aziz Farouk Shahin Zaman Darwish",
           ("kha lid fa ti ma ah mad yu suf lay la has san za y nab om ar nu ra sa mir ra shid ab "
           "dul kar im na dia ta riq")),
}  # fmt: skip


@dataclass(frozen=True)
class People:
    """Given names and surnames of one part. ``countries``: a list of each; a name's given name and
    surname are of one " "country."""

    countries: dict[str, tuple[list[str], list[str]]] = field(repr=False)

    def words(self) -> frozenset[str]:
        """Every name in it."""
        return frozenset(
            name for lists in self.countries.values() for names in lists for name in names
        )

    def one(self, rng: random.Random) -> tuple[str, str]:
        """A given name and a surname, every country as likely."""
        given, surnames = self.countries[rng.choice(sorted(self.countries))]
        return rng.choice(given), rng.choice(surnames)


@cache
def people(part: Part, more_given: tuple[str, ...] = ()) -> People:
    """The names of a part; ``more_given``: names in small letters that are added to the
    training's."""
    countries = {}
    for module in sorted(
        found.name for found in pkgutil.iter_modules(faker.providers.person.__path__)
    ):
        provider = importlib.import_module(f"faker.providers.person.{module}").Provider
        given, surnames = _names(provider, "first_"), _names(provider, "last_")
        if module in TEST_COUNTRIES:
            kept = part == "test"
            given, surnames = (names if kept else [] for names in (given, surnames))
        else:
            given, surnames = (_of(part, names) for names in (given, surnames))
        if given and surnames:
            countries[module] = (given, surnames)
    if part != "test":
        rng = random.Random(len(part))
        for culture, (surnames_known, syllables) in SYLLABLES.items():
            made = {made_of(syllables.split(), rng) for _ in range(600)}
            countries[f"syllables {culture}"] = (
                _of(part, made),
                _of(part, surnames_known.split()) or surnames_known.split(),
            )
    if part == "train" and more_given:
        everywhere = sorted({name for _, names in countries.values() for name in names})
        countries["more"] = ([name.title() for name in more_given], everywhere)
    return People(countries)


def made_of(syllables: list[str], rng: random.Random) -> str:
    """A name of two or three syllables, now and then in two parts."""
    parts = [
        "".join(rng.choices(syllables, k=rng.choice((2, 2, 3))))
        for _ in range(1 + (rng.random() < 0.1))
    ]
    return rng.choice("- ").join(part.capitalize() for part in parts)


def romanised(name: str) -> str:
    """Cyrillic and Greek letters as Latin ones, roughly as passports have them; others as they
    are."""
    plain = "".join(
        TRANSLITERATED.get(letter, letter) for letter in name.lower().translate(ACCENTS)
    )
    return name if plain == name.lower() else plain.title()


def _names(provider: type, prefix: str) -> list[str]:
    kinds = (f"{prefix}names", f"{prefix}romanized_names")
    lists = (getattr(provider, name) for name in dir(provider) if name.startswith(kinds))
    names = {
        romanised(name)
        for names in lists
        if isinstance(names, Iterable)
        for name in names
        if isinstance(name, str)
    }
    return sorted(
        name for name in names if LATIN.fullmatch(name) and name[:1].isupper() and len(name) > 1
    )


def _of(part: Part, names: Iterable[str]) -> list[str]:
    return [name for name in sorted(names) if part_of(name) == part]


def part_of(name: str) -> Part:
    """Part of the split that a name belongs to, whatever its spelling."""
    drawn = share(f"name {name.lower()}")
    return "train" if drawn < TRAIN_SHARE else "dev" if drawn < DEV_SHARE else "test"
