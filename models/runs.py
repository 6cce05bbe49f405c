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
PAUSES = frozenset(",.!?")
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

    Safe in many threads.
    """

    def __init__(self) -> None:
        super().__init__({END: 0})
        self._hashes: Hashes = np.zeros(1, np.uint64)
        self._firsts, self._counts = np.zeros(1, np.int64), np.ones(1, np.int64)
        self._new: list[int] = []  # of the runs that have a number already, but are not in the arrays yet
        self._new_counts: list[int] = []
        self._settled, self._used, self._characters = 1, 1, 0
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether to begin anew, because people invent words without end."""
        return self._characters > REMEMBERED_CHARACTERS

    def __missing__(self, run: str) -> int:
        """Look at it, once."""
        found = list(map(token_hash, _tokens(run)))
        with self._lock:
            next_number = len(self)
            number = self.setdefault(run, next_number)
            if number == next_number:  # else another thread has met it, meanwhile
                self._new += found
                self._new_counts.append(len(found))
                self._characters += len(run)
        return number

    def tokens(self, numbers: npt.NDArray[np.int64]) -> tuple[Hashes, npt.NDArray[np.int64]]:
        """The hashes of all tokens of these runs, one after another, and where those of each run end."""
        with self._lock:
            if self._new_counts:
                self._settle()
            hashes, firsts, counts = self._hashes, self._firsts, self._counts
        counts = counts[numbers]
        ends = np.cumsum(counts)
        places = np.repeat(firsts[numbers] - ends + counts, counts)
        places += np.arange(len(places))
        return hashes[places], ends

    def _settle(self) -> None:
        """Many at once: NumPy's cost is by the call. Arrays that have been given away are left as they are, or only filled up."""
        counts = self._new_counts
        until, end = self._settled + len(counts), self._used + len(self._new)
        self._hashes = _with_room(self._hashes, end)
        self._firsts, self._counts = _with_room(self._firsts, until), _with_room(self._counts, until)
        self._hashes[self._used : end] = np.array(self._new, np.uint64)
        self._counts[self._settled : until] = counts
        self._firsts[self._settled : until] = self._used + np.cumsum([0, *counts[:-1]])
        self._settled, self._used, self._new, self._new_counts = until, end, [], []


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
        hashes, ends = known.tokens(np.fromiter(map(known.__getitem__, runs), np.int64, len(runs)))
        if known.is_full:
            self.runs = Runs()
        return Tokens(hashes, ends[lasts].tolist())


tokenise = Tokeniser()


def _tokens(run: str) -> Sequence[str]:
    """What the pattern finds, without it where that is plain: in most runs, which are a word and perhaps a mark behind it."""
    if run.isascii():
        if run.isalpha():
            return (run,)
        word = run[:-1]
        if run[-1] in PAUSES and word.isalpha():
            return word, run[-1]
    return TOKEN.findall(run)


def _with_room(array: npt.NDArray[N], size: int) -> npt.NDArray[N]:
    """The array, or one of twice the size that begins with it."""
    if size <= len(array):
        return array
    larger = np.zeros(2 * size, array.dtype)
    larger[: len(array)] = array
    return larger
