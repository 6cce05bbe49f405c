"""Languages of the student: which n-gram weights score a text of a language."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from models.text.hash_kernels import Hashes

NONE = np.uint64(0)
"""The salt of a language without n-grams of its own."""

RELATED: Final = {"no": "da", "nb": "da", "nn": "da", "mr": "hi"}
"""Languages without training texts, and the one whose n-grams stand in for theirs."""


def salts(languages: Sequence[str]) -> Hashes:
    """What is mixed into the hashes of each language's features: the same word in two languages is
    two features.
    """
    digests = [hashlib.blake2b(language.encode(), digest_size=8).digest() for language in languages]
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)
