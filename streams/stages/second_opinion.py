"""langdetect with its innermost loops compiled: the same answers in a fifth of the time.

Its detector is plain Python, and multiplies the probabilities of 55 languages some hundred times
for each of seven trials. It decides about short texts and those in rare languages: of short reviews
in thirty languages every tenth, which takes longer than all other stages for all of them.
https://github.com/Mimino666/langdetect
"""

from __future__ import annotations

import numpy as np
from langdetect.detector import Detector
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import ErrorCode, LangDetectException

from models.text.language_draws import Doubles, multiplied, warm_up

AT_A_TIME = 5
"""Steps between two looks at whether a trial has come to an end."""
SEED = 0


class CompiledDetector(Detector):  # type: ignore[misc]
    """``langdetect.detector.Detector`` that draws and multiplies the same."""

    def _detect_block(self) -> None:
        self.cleaning_text()
        ngrams = self._extract_ngrams()
        if not ngrams:
            raise LangDetectException(ErrorCode.CantDetectError, "No features in text.")
        numbers = {ngram: number for number, ngram in enumerate(dict.fromkeys(ngrams))}
        rows = np.array([self.word_lang_prob_map[ngram] for ngram in numbers])
        choices = [numbers[ngram] for ngram in ngrams]
        found = np.zeros(len(self.langlist))
        self.random.seed(self.seed)
        for _ in range(self.n_trial):
            found += self._trial(rows, choices) / self.n_trial
        self.langprob = found.tolist()

    def _trial(self, rows: Doubles, choices: list[int]) -> Doubles:
        """Probabilities of the languages, of n-grams drawn until one is nearly certain."""
        probabilities = np.array(self._init_probability())
        alpha = self.alpha + self.random.gauss(0.0, 1.0) * self.ALPHA_WIDTH
        weight = alpha / self.BASE_FREQ
        drawn, done = np.empty(1, np.int64), 0
        while True:
            for each in range(len(drawn)):
                drawn[each] = self.random.choice(choices)
            largest = multiplied(probabilities, rows, drawn, weight)
            done += len(drawn)
            if largest > self.CONV_THRESHOLD or done > self.ITERATION_LIMIT:
                return probabilities
            if done == 1:
                drawn = np.empty(AT_A_TIME, np.int64)


def profiles() -> DetectorFactory:
    """langdetect's profiles; it takes half a second to load them."""
    factory = DetectorFactory()
    factory.seed = SEED
    factory.load_profile(PROFILES_DIRECTORY)
    warm_up()
    return factory


def second_opinion(text: str, factory: DetectorFactory) -> str | None:
    """The code of the likeliest language of a text; None where nothing in it tells."""
    detector = CompiledDetector(factory)
    detector.append(text)
    try:
        found: str = detector.detect()
    except LangDetectException:  # no letters to go by
        return None
    return None if found == detector.UNKNOWN_LANG else found
