"""Numbers that the student's training and its inference share."""

from __future__ import annotations

from typing import Final

SPAN: Final = 3
"""Pieces that one answer of the convolution sees."""
HEAD: Final = 96
TAIL: Final = 224
"""Of a long text the deep side reads so many pieces at its beginning and at its end: reviews
conclude there.
"""
FEW: Final = 20.0
"""N-grams of characters that are added to those of a text before the root that their sum is divided
by: a word alone is less sure."""
FEW_WORDS: Final = 5.0
"""The same of n-grams of words, whose sum is divided by the root of their own number: in a long
text they say more.
"""
