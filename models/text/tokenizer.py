"""Tokenizer: text → 64-bit token hashes. Each run between white space is tokenized once and cached.

To ask for what is remembered is several times as fast as the pattern.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from models.text import hash_kernels
from models.text.hash_kernels import Hashes, Places

# Written without spaces: kana and Han characters, each a token of its own, and the marks between
# them.
UNSPACED, UNSPACED_MARKS = (
    r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff",
    r"\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f\uff5e",
)
LETTER = rf"[^\W_{UNSPACED}]"
# Words with contractions, marks as in "8/10", punctuation that carries tone, and the placeholders
# of masked personal data. The first branch repeats what the last one matches, for the words that
# are most of a text: it is what makes this fast.
TOKEN = re.compile(
    rf"[a-z]++{LETTER}*+(?:'{LETTER}++)?|[!?.,;:()\"*{UNSPACED_MARKS}]|<[a-z_]++>|\d+/\d+|{LETTER}++(?:'{LETTER}++)?|[{UNSPACED}]"
)
PAUSES = frozenset(",.!?")
N = TypeVar("N", np.uint8, np.uint64, np.int64)
REMEMBERED_TOKENS, REMEMBERED_CHARACTERS = 1 << 17, 1 << 22


@lru_cache(REMEMBERED_TOKENS)
def token_hash(token: str) -> int:
    """64 bits, odd; 0 for a placeholder."""
    if token[0] == "<":
        return 0
    return (
        int.from_bytes(
            hashlib.blake2b(token.encode("utf8", "surrogatepass"), digest_size=8).digest(), "little"
        )
        | 1
    )


class Runs:
    """Runs between white space, numbered in order of appearance, with their tokens; no token
    contains white space.

    By number: hashes of runs, where their characters end and where their tokens do. Number 0 is the
    end of a text.
    """

    def __init__(self) -> None:
        self.count = 1
        self._slots = np.zeros(1 << 16, np.int32)
        self._hashes, self._tokens = np.zeros(1, np.uint64), np.zeros(1, np.uint64)
        self._characters = np.zeros(0, np.uint8)
        self._last_characters, self._last_tokens = np.zeros(1, np.int64), np.ones(1, np.int64)

    @property
    def is_full(self) -> bool:
        """Whether to start again, because people invent words without end."""
        return bool(self._last_characters[self.count - 1] > REMEMBERED_CHARACTERS)

    def tokens(self, data: bytes, ends: Places) -> tuple[Hashes, Places]:
        """The hashes of all tokens of texts that end there, a 0 after those of each, and where the
        next begins.
        """
        numbers, hashes, starts, stops = hash_kernels.find_runs(
            np.frombuffer(data, np.uint8),
            ends,
            self._slots,
            self._hashes,
            self._characters,
            self._last_characters,
        )
        new = np.flatnonzero(numbers < 0)
        if len(new):
            met: dict[bytes, int] = {}
            runs = [
                data[start:stop]
                for start, stop in zip(starts[new].tolist(), stops[new].tolist(), strict=True)
            ]
            numbers[new] = [met.setdefault(run, self.count + len(met)) for run in runs]
            self._enter(list(met), dict(zip(runs, hashes[new].tolist(), strict=True)).values())
        return hash_kernels.spread(numbers, len(ends), self._tokens, self._last_tokens)

    def _enter(self, runs: Sequence[bytes], hashes: Iterable[int]) -> None:
        """Many at once: NumPy's cost is by the call."""
        tokens = [
            list(map(token_hash, _tokens(run.decode("utf8", "surrogatepass")))) for run in runs
        ]
        first, until = self.count, self.count + len(runs)
        last_character, last_token = self._last_characters[first - 1], self._last_tokens[first - 1]
        lengths, counts = np.cumsum(list(map(len, runs))), np.cumsum(list(map(len, tokens)))
        self._characters = _put(
            self._characters, last_character, np.frombuffer(b"".join(runs), np.uint8)
        )
        self._tokens = _put(
            self._tokens, last_token, np.array(list(chain.from_iterable(tokens)), np.uint64)
        )
        self._hashes = _put(self._hashes, first, np.array(list(hashes), np.uint64))
        self._last_characters = _put(self._last_characters, first, last_character + lengths)
        self._last_tokens = _put(self._last_tokens, first, last_token + counts)
        if 2 * until > len(self._slots):  # a table that is fuller is searched for long
            self._slots, first = np.zeros(1 << (2 * until).bit_length(), np.int32), 1
        hash_kernels.enter_runs(self._slots, self._hashes, first, until)
        self.count = until


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of several texts, hashed, with a 0 after those of each, so that no n-gram reaches
    into the next.

    ``hashes``: uint64 [tokens]; ``ends``: int64 [texts], where the next begins.
    """

    hashes: Hashes = field(repr=False)
    ends: Places


class Tokeniser:
    """Texts → tokens; what it remembers is bounded, but for the texts of one call. Safe in many
    threads, one at a time.
    """

    def __init__(self) -> None:
        self.runs = Runs()
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Many texts in one go: that costs little more than one."""
        encoded = list(map(_encoded, texts))
        ends = np.cumsum([len(text) + 1 for text in encoded], dtype=np.int64) - 1
        with self._lock:
            tokens = Tokens(*self.runs.tokens(b" ".join([*encoded, b""]), ends))
            if self.runs.is_full:
                self.runs = Runs()
        return tokens


tokenise = Tokeniser()


def _tokens(run: str) -> Sequence[str]:
    """What the pattern finds, without it where that is plain: in most runs, which are a word and
    perhaps a mark behind it.
    """
    if run.isascii():
        if run.isalpha():
            return (run,)
        word = run[:-1]
        if run[-1] in PAUSES and word.isalpha():
            return word, run[-1]
    return TOKEN.findall(run)


def _encoded(text: str) -> bytes:
    """In small letters, and with no other white space than that of ASCII."""
    lower = text.lower()
    return (
        lower.encode()
        if lower.isascii()
        else " ".join(lower.split()).encode("utf8", "surrogatepass")
    )


def _put(array: npt.NDArray[N], at: int, more: npt.NDArray[Any]) -> npt.NDArray[N]:
    """``more`` into the array from there on, or into one of twice the size that begins with it."""
    size = at + len(more)
    if size > len(array):
        array = np.concatenate([array, np.zeros(2 * size - len(array), array.dtype)])
    array[at:size] = more
    return array
