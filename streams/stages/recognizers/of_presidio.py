"""Presidio's pattern recognizers, for numbers that adjoin letters of other scripts without a space.

To Presidio's patterns a Chinese character or a Thai one is a letter like any other, and so
"护照AB1234567谢谢" one word. To these only ASCII letters and digits are parts of words: in a folded
text all that these patterns look for is ASCII.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import regex
from presidio_analyzer import PatternRecognizer

from streams.stages.recognizers.scanned import FLAGS

ASCII: Final = int(regex.ASCII)


def of_presidio(recognizer: Callable[[], PatternRecognizer]) -> Callable[[], PatternRecognizer]:
    """Make the recognizer with word boundaries, letters, digits and spaces of ASCII."""

    def make() -> PatternRecognizer:
        made = recognizer()
        made.global_regex_flags = FLAGS | ASCII
        return made

    return make
