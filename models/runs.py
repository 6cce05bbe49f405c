"""Tokens: text → 64 bits for each. What stands between two white spaces is looked at once and remembered.

To ask for what is remembered is several times as fast as the pattern.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

# Written without spaces: kana and Han characters, each a token of its own, and the marks between them.
UNSPACED, UNSPACED_MARKS = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff", r"\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f\uff5e"
LETTER = rf"[^\W_{UNSPACED}]"
# Words with contractions, marks as in "8/10", punctuation that carries tone, and the placeholders of masked personal data.
# The first branch repeats what the last one matches, for the words that are most of a text: it is what makes this fast.
TOKEN = re.compile(
    rf"[a-z]++{LETTER}*+(?:'{LETTER}++)?|[!?.,;:()\"*{UNSPACED_MARKS}]|<[a-z_]++>|\d+/\d+|{LETTER}++(?:'{LETTER}++)?|[{UNSPACED}]"
)
END = ""
"""The run that stands for the end of a text: no other is empty."""
N = TypeVar("N", np.uint64, np.int64)
REMEMBERED_TOKENS, REMEMBERED_CHARACTERS = 1 << 17, 1 << 22


@lru_cache(REMEMBERED_TOKENS)
def token_hash(token: str) -> int:
    """64 bits, odd; 0 for a placeholder."""
    if token[0] == "<":
        return 0
    return int.from_bytes(hashlib.blake2b(token.encode("utf8", "surrogatepass"), digest_size=8).digest(), "little") | 1


class Runs(dict[str, int]):
    """What stands between two white spaces → its number; no token holds white space. Grows: see ``is_full``.

    The hashes of the tokens of run ``number`` are ``hashes[firsts[number]:][:counts[number]]``. Safe in many threads.
    """

    def __init__(self) -> None:
        super().__init__({END: 0})
        self.hashes: Hashes = np.zeros(1, np.uint64)
        self.firsts, self.counts = np.zeros(1, np.int64), np.ones(1, np.int64)
        self._used, self._characters = 1, 0
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether to begin anew, because people invent words without end."""
        return self._characters > REMEMBERED_CHARACTERS

    def __missing__(self, run: str) -> int:
        """Look at it, once."""
        found = [token_hash(token) for token in TOKEN.findall(run)]
        with self._lock:
            if run in self:  # by another thread, meanwhile
                return self[run]
            number, end = len(self), self._used + len(found)
            self.hashes = _with_room(self.hashes, end)
            self.firsts, self.counts = _with_room(self.firsts, number + 1), _with_room(self.counts, number + 1)
            self.hashes[self._used : end] = found
            self.firsts[number], self.counts[number] = self._used, len(found)
            self._used, self._characters = end, self._characters + len(run)
            self[run] = number  # last: whoever finds the number finds its tokens
        return number


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of several texts, hashed, with a 0 after those of each, so that no n-gram reaches into the next.

    ``hashes``: uint64 [tokens]; ``ends``: where the next text begins.
    """

    hashes: Hashes = field(repr=False)
    ends: list[int]


class Tokeniser:
    """Texts → tokens; what it remembers is bounded, but for the texts of one call."""

    def __init__(self) -> None:
        self.runs = Runs()

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Many texts in one go: NumPy's cost is by the call more than by the token."""
        known = self.runs
        runs: list[str] = []
        lasts = []
        for text in texts:
            runs += text.lower().split()
            lasts.append(len(runs))
            runs.append(END)
        numbers = np.fromiter(map(known.__getitem__, runs), np.int64, len(runs))
        counts = known.counts[numbers]
        ends = np.cumsum(counts)
        places = np.repeat(known.firsts[numbers] - ends + counts, counts)
        places += np.arange(len(places))
        if known.is_full:
            self.runs = Runs()
        return Tokens(known.hashes[places], ends[lasts].tolist())


tokenise = Tokeniser()


def _with_room(array: npt.NDArray[N], size: int) -> npt.NDArray[N]:
    """The array, or one of twice the size that begins with it."""
    if size <= len(array):
        return array
    larger = np.zeros(2 * size, array.dtype)
    larger[: len(array)] = array
    return larger
