"""Tokenizer of the multilingual encoder: texts → the subwords of its fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.text import subwords
from models.text.ngrams import Ids
from models.text.subwords import PieceEncoder
from schemas.errors import InputError

LENGTH, HEAD = 194, 2 / 3
"""Word pieces that are read of a text at most: the begin mark and the first 128, the last 64 and
the end mark.
"""
LONGEST = 6000
"""Characters of which pieces are made at most, half of them from a text's end: more could not
change what is read.
"""
BEGIN, PADDING, END, UNKNOWN = range(4)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Texts → the word pieces of each, the marks of begin and end among them."""

    encoder: PieceEncoder

    @classmethod
    def load(cls, tokenizer: Path) -> Tokens:
        """Of a file ``tokenizer.json``. Raises ``InputError``, or ``ConfigurationError`` without
        the library.
        """
        try:
            return cls(
                subwords.from_array(
                    np.frombuffer(tokenizer.read_bytes(), np.uint8), LENGTH, HEAD, LONGEST
                )
            )
        except (OSError, ValueError) as error:
            raise InputError(f"{tokenizer}: {type(error).__name__}") from error

    def __call__(self, texts: Sequence[str]) -> list[Ids]:
        """int32, at most ``LENGTH`` of each text."""
        return self.encoder(texts)["pieces"]
