"""The corpus as the student's training reads it: rows, hashed features and word pieces, kept in one
folder.

Every step is skipped where its file is there, so that a run that was cut short goes on.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.whole_files import replaced_file
from models.lab.judgement import corpus, teachings
from models.lab.judgement.corpus_split import Part, part_of
from models.lab.judgement.pack import Rows, names_of, rows_of
from models.lab.judgement.student.identities import copies
from models.lab.judgement.student.templates import written
from models.student import normalising, scanning, segmenting
from models.student.languages import salts
from models.student.segmenting import Pieces
from models.text.ngrams import Ids

CORPUS, FEATURES, PIECES, VOCABULARY, VECTORS = (
    "corpus.npz",
    "features",
    "pieces.npz",
    "vocabulary.json",
    "vectors.npy",
)
WRITTEN = "written"
"""The set of the texts that are made from templates."""
LONGEST_HEAD, LONGEST_TAIL = 1000, 2000
"""Characters of a long text that training reads."""
CHUNK = 20_000
BITS, WORDS = 26, 3
FEWEST = 4
"""Occurrences in training texts from which on a feature is known."""
Floats = npt.NDArray[np.float32]
Chosen = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A value for each text: corpus texts first, then written ones, then copies of training texts
    with other identities.

    ``teaching`` [texts, 3] and ``taught``: what the encoder said, and of which texts; ``left_out``,
    ``excluded``, ``domain_*``: by domain, see ``pack.Rows``.
    """

    names: dict[str, list[str]]
    sets: npt.NDArray[np.uint8] = field(repr=False)
    languages: npt.NDArray[np.uint8] = field(repr=False)
    label: npt.NDArray[np.uint8] = field(repr=False)
    weak: Chosen = field(repr=False)
    train: Chosen = field(repr=False)
    development: Chosen = field(repr=False)
    held_out: Chosen = field(repr=False)
    taught: Chosen = field(repr=False)
    teaching: Floats = field(repr=False)
    left_out: Chosen = field(repr=False)
    excluded: Chosen = field(repr=False)
    domain_taught: Chosen = field(repr=False)
    domain_teaching: Floats = field(repr=False)
    original: Places = field(repr=False)
    """The text that a copy was made of; its own position for all others."""


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different length one after another: text ``n`` has
    ``values[starts[n] : ends[n]]``."""

    values: Ids = field(repr=False)
    starts: Places = field(repr=False)
    ends: Places = field(repr=False)

    @classmethod
    def of(cls, values: Ids, lengths: npt.NDArray[Any]) -> Ragged:
        """By how long each is."""
        ends = np.cumsum(lengths, dtype=np.int64)
        return cls(values, ends - lengths, ends)


def gather(data: Path, folder: Path, seed: int = 0) -> None:
    """Read the corpus and write ``CORPUS``, with the texts, into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / CORPUS).is_file():
        return
    labelled = corpus.read(data)
    names = names_of(labelled)
    rows, texts = rows_of(labelled, names), [text.text for text in labelled]
    taught = teachings.load()
    probabilities, known = taught.all_domains.of(texts)
    domains = [
        taught.left_out[name].of(texts) if name in taught.left_out else None
        for name in corpus_domains()
    ]
    blank = (np.zeros((len(texts), 3), np.float32), np.zeros(len(texts), bool))
    teach, heard = (np.stack([(one or blank)[at] for one in domains]) for at in (0, 1))
    save_corpus(folder, names, rows, texts, probabilities, known & rows.train, teach, heard, seed)


def corpus_domains() -> list[str]:
    """The domains that are left out in turn, in the order of ``Rows.left_out``."""
    from models.lab.judgement.sources import LEFT_OUT

    return list(LEFT_OUT)


def save_corpus(
    folder: Path, names: dict[str, list[str]], rows: Rows, texts: list[str], teaching: Floats,
    taught: Chosen,
    domain_teaching: Floats, domain_taught: Chosen, seed: int,
) -> None:  # fmt: skip
    """Add written texts and copies with other identities, and write all of it."""
    chance, english = random.Random(seed), names["languages"].index("en")
    candidates = np.flatnonzero(rows.train & (rows.languages == english)).tolist()
    copied = [
        (at, copy)
        for at in candidates
        if len(texts[at]) < 600
        for copy in copies(texts[at], chance)
    ]
    made = list(written(names["languages"], seed))
    names = {**names, "sets": [*names["sets"], WRITTEN], "left_out": corpus_domains()}
    more = len(made)
    picked = np.concatenate(
        [np.arange(len(texts)), np.zeros(more, np.int64), [at for at, _ in copied]]
    ).astype(np.int64)
    ours = slice(len(texts), len(texts) + more)
    parts = np.array([part_of(number) for number in range(256)], object)[rows.bucket]
    arrays: dict[str, Any] = {
        name: getattr(rows, name)[picked]
        for name in ("sets", "languages", "label", "weak", "train")
    }
    arrays |= {
        "development": (parts == Part.DEVELOPMENT)[picked],
        "held_out": (parts == Part.HELD_OUT)[picked],
    }
    arrays |= {"taught": taught[picked], "teaching": teaching[picked].astype(np.float16)}
    arrays |= {"left_out": rows.left_out[:, picked], "excluded": rows.excluded[:, picked]}
    arrays |= {
        "domain_taught": domain_taught[:, picked],
        "domain_teaching": domain_teaching[:, picked].astype(np.float16),
    }
    arrays["original"] = picked.copy()
    arrays["sets"][ours] = len(names["sets"]) - 1
    arrays["languages"][ours] = [names["languages"].index(text.language) for text in made]
    arrays["label"][ours] = [text.label for text in made]
    arrays["train"][ours] = True
    arrays["original"][ours] = np.arange(len(texts), len(texts) + more)
    for name in ("weak", "development", "held_out", "taught"):
        arrays[name][ours] = False
    for name in ("left_out", "excluded", "domain_taught"):
        arrays[name][:, ours] = False
    everything = [*texts, *(text.text for text in made), *(copy for _, copy in copied)]
    encoded = [text.encode("utf8", "surrogatepass") for text in everything]
    arrays["text"] = np.frombuffer(b"".join(encoded), np.uint8)
    arrays["text_lengths"] = np.array(list(map(len, encoded)), np.int64)
    arrays["names"] = np.frombuffer(json.dumps(names).encode(), np.uint8)
    _write(folder / CORPUS, arrays)


def load(folder: Path) -> Prepared:
    """What ``gather`` wrote, without the texts."""
    with np.load(folder / CORPUS) as file:
        found = {name: file[name] for name in Prepared.__slots__ if name != "names"}
        names = json.loads(file["names"].tobytes())
    floats = {name: found[name].astype(np.float32) for name in ("teaching", "domain_teaching")}
    return Prepared(names=names, **{**found, **floats})


def texts_of(folder: Path) -> list[str]:
    """The texts."""
    with np.load(folder / CORPUS) as file:
        data, ends = file["text"].tobytes(), np.cumsum(file["text_lengths"]).tolist()
    return [
        data[start:end].decode("utf8", "surrogatepass")
        for start, end in zip([0, *ends], ends, strict=False)
    ]


Scanned = tuple[scanning.Codes, Places, scanning.Kinds, Places]


def scanned(texts: Sequence[str]) -> Iterator[tuple[slice, Scanned]]:
    """By chunks, the tokens of the texts."""
    for start in range(0, len(texts), CHUNK):
        part = [_shortened(text) for text in texts[start : start + CHUNK]]
        codes = np.frombuffer(normalising.encoded(part), np.uint32)
        yield slice(start, start + len(part)), scanning.scan(codes, len(part), scanning.classes())


def _shortened(text: str) -> str:
    longest = LONGEST_HEAD + LONGEST_TAIL
    return text if len(text) <= longest else f"{text[:LONGEST_HEAD]} {text[-LONGEST_TAIL:]}"


def hash_features(
    folder: Path, prepared: Prepared, name: str = FEATURES, words: int = WORDS
) -> None:
    """Write the known features of every text by number, 1 and up, and which they are. ``words``: 2
    leaves out pairs too.
    """
    if (folder / f"{name}.npz").is_file():
        return
    texts, salt = texts_of(folder), salts(prepared.names["languages"])[prepared.languages]
    shift, counts = np.uint64(64 - BITS), np.zeros(1 << BITS, np.uint8)
    for rows, found in scanned(texts):
        ids, ends = scanning.features(*found, salt[rows], words, shift)
        scanning.count(ids, ends, prepared.train[rows], counts)
    known = np.flatnonzero(counts >= FEWEST)
    numbers = np.zeros(1 << BITS, np.int32)
    numbers[known] = np.arange(1, len(known) + 1)
    lengths = []
    with (folder / f"{name}.bin").open("wb") as file:
        for rows, found in scanned(texts):
            kept, ends = scanning.renumbered(
                *scanning.features(*found, salt[rows], words, shift), numbers
            )
            kept.tofile(file)
            lengths.append(np.diff(ends, prepend=0))
    _write(
        folder / f"{name}.npz",
        {"lengths": np.concatenate(lengths), "known": known.astype(np.uint32)},
    )


def load_features(folder: Path, name: str = FEATURES) -> tuple[Ragged, npt.NDArray[np.uint32]]:
    """The numbers of the features of each text, and by number less one the hash of each."""
    with np.load(folder / f"{name}.npz") as file:
        lengths, known = file["lengths"], file["known"]
    return Ragged.of(np.fromfile(folder / f"{name}.bin", np.int32), lengths), known


def cut_pieces(folder: Path, prepared: Prepared, vocabulary: Sequence[str], scores: Floats) -> None:
    """Write the word pieces of every text."""
    if (folder / PIECES).is_file():
        return
    values, lengths = segmented(texts_of(folder), Pieces.of(vocabulary, scores))
    _write(folder / PIECES, {"values": values, "lengths": lengths, "scores": scores})
    (folder / VOCABULARY).write_text(
        json.dumps(list(vocabulary), ensure_ascii=False), encoding="utf8"
    )


def segmented(texts: Sequence[str], pieces: Pieces) -> tuple[Ids, Places]:
    """The pieces of all texts, and how many each has."""
    values, lengths = [], []
    for _, found in scanned(texts):
        ids, ends = segmenting.all_pieces(*found, pieces.slots, pieces.hashes, pieces.scores)
        values.append(ids.copy())
        lengths.append(np.diff(ends, prepend=0))
    return np.concatenate(values), np.concatenate(lengths)


def load_pieces(folder: Path) -> tuple[Ragged, list[str], Floats]:
    """The pieces of each text, the vocabulary and its scores."""
    with np.load(folder / PIECES) as file:
        ragged, scores = Ragged.of(file["values"], file["lengths"]), file["scores"]
    return ragged, json.loads((folder / VOCABULARY).read_text(encoding="utf8")), scores


def characters(texts: Sequence[str]) -> Counter[str]:
    """In how many texts each character occurs, as the student reads them."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(set(normalising.normalised(text)))
    return found


def _write(path: Path, arrays: dict[str, Any]) -> None:
    """Whole or not at all."""
    with replaced_file(path) as file:
        np.savez(file, **arrays)
