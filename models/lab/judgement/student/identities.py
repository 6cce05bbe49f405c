"""Words that must not move a judgement: people's origin, religion, gender and names, and places.

For swapping them in training texts, and for templates.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NATIONALITIES: Final = _words("""
    american british irish scottish english french german italian spanish portuguese dutch belgian
    swiss austrian polish
    czech slovak hungarian romanian bulgarian greek turkish russian ukrainian georgian armenian
    iranian iraqi syrian
    lebanese israeli palestinian jordanian egyptian moroccan tunisian algerian libyan sudanese
    ethiopian somali kenyan
    nigerian ghanaian senegalese ugandan rwandan congolese angolan zimbabwean african asian european
    arab kurdish persian
    afghan pakistani indian bengali nepali tibetan chinese taiwanese japanese korean vietnamese thai
    cambodian burmese
    filipino indonesian malaysian australian canadian mexican cuban haitian jamaican brazilian
    argentinian chilean
    peruvian colombian venezuelan bolivian latino hispanic black white swedish norwegian danish
    finnish icelandic estonian
    latvian lithuanian serbian croatian bosnian albanian kazakh uzbek
""")
RELIGIONS: Final = _words("""
    christian catholic protestant orthodox muslim jewish hindu buddhist sikh atheist mormon
    evangelical shia sunni baptist
""")
BELIEVERS: Final = _words(
    "christians catholics protestants muslims jews hindus buddhists sikhs atheists mormons "
    "evangelicals baptists"
)
SITES: Final = _words("church mosque synagogue temple chapel cathedral")
CLERGY: Final = _words("pastor priest imam rabbi monk minister")
FAITHS: Final = _words("christianity catholicism islam judaism hinduism buddhism sikhism atheism")
GENDERS: Final = _words("""
    man woman boy girl guy lady gentleman nonbinary transgender gay lesbian bisexual straight male
    female
""")
PLACES: Final = _words("""
    america britain england ireland scotland france germany italy spain portugal holland belgium
    switzerland austria
    poland hungary romania bulgaria greece turkey russia ukraine georgia armenia iran iraq syria
    lebanon israel palestine
    egypt morocco tunisia algeria libya sudan ethiopia somalia kenya nigeria ghana senegal uganda
    congo zimbabwe africa
    asia europe afghanistan pakistan india bangladesh nepal china taiwan japan korea vietnam
    thailand cambodia burma
    indonesia malaysia australia canada mexico cuba haiti jamaica brazil argentina chile peru
    colombia venezuela london
    paris berlin rome madrid lisbon amsterdam vienna warsaw prague budapest athens istanbul moscow
    kyiv tehran baghdad
    damascus beirut jerusalem cairo casablanca lagos nairobi mumbai delhi karachi dhaka beijing
    shanghai tokyo seoul hanoi
    bangkok jakarta manila sydney toronto chicago boston houston dallas seattle
""")
NAMES: Final = _words("""
    james john robert michael david william mary linda susan karen emily anna maria jose juan carlos
    luis fatima mohammed
    ahmed ali omar aisha hassan ibrahim yusuf priya raj anil deepa wei ming li chen yuki hiroshi
    kenji min jin nguyen linh
    olga ivan dmitri natasha pierre marie jean claude hans greta klaus giulia marco luca sofia jamal
    lakisha darnell
    tyrone kwame amara chidi ngozi
""")
OF_RELIGION: Final = (RELIGIONS, BELIEVERS, SITES, CLERGY, FAITHS)
PEOPLE: Final = (NATIONALITIES, RELIGIONS, GENDERS)
GROUPS: Final[tuple[tuple[str, ...], ...]] = (NATIONALITIES, *OF_RELIGION, GENDERS, PLACES, NAMES)
GROUP_OF: Final = {word: group for group in reversed(GROUPS) for word in group}
"""Words that mean much else are not swapped."""
AMBIGUOUS: Final = frozenset(
    _words("turkey china black white straight orthodox min jin li guy polish georgia minister")
)
RARE: Final = frozenset(word for group in OF_RELIGION for word in group)
"""Words of which more copies are made: texts hardly hold them."""
WORD: Final = re.compile(r"[A-Za-z]{3,}")
PRICE: Final = re.compile(r"(?<=[$£€])\d[\d,]*(?:\.\d\d)?")


def swapped(text: str, chance: random.Random) -> str | None:
    """The text with every such word exchanged for another of its group, and prices; None where
    there is none.
    """
    found = False

    def other(match: re.Match[str]) -> str:
        nonlocal found
        word = match[0].lower()
        if word not in GROUP_OF or word in AMBIGUOUS:
            return match[0]
        found = True
        return chance.choice(GROUP_OF[word])

    changed = WORD.sub(other, text)
    changed, prices = PRICE.subn(
        lambda _: str(chance.choice((5, 12, 30, 99, 250, 899, 4000))), changed
    )
    return changed if found or prices else None


def copies(text: str, chance: random.Random, of_rare: int = 3) -> Iterator[str]:
    """Copies of a text with other words of the same groups; more where one of them is rare."""
    times = of_rare if any(word in RARE for word in map(str.lower, WORD.findall(text))) else 1
    for _ in range(times):
        copy = swapped(text, chance)
        if copy is not None:
            yield copy
