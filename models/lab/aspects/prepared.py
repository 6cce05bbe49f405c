"""The corpus as training reads it: units, tags and terms of every text, kept in one file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from infra.whole_files import replaced_file
from models.aspects import units as reading
from models.aspects.units import Units, Words, units_of_span
from models.lab.aspects import corpus, word_vectors
from models.lab.aspects.corpus import UNMARKED, AspectText
from models.lab.aspects.word_vectors import known_words
from models.lab.judgement import corpus as judged
from models.lab.judgement import corpus_split
from models.lab.judgement.corpus_split import Part
from models.student.segmenting import Pieces
from models.text.hash_kernels import Places

FILE = "aspects.npz"
CHUNK = 5_000
IGNORED, OUTSIDE, BEGIN, INSIDE = -1, 0, 1, 2
TRAINED, DEVELOPMENT, HELD_OUT, NEITHER = range(4)
MABSA = "mabsa"
Floats = npt.NDArray[np.float32]
Small = npt.NDArray[np.int8]
Say = Callable[[str], None]


def style_of(name: str) -> str:
    """The style in which a set marks terms; M-ABSA's languages have one in common."""
    return MABSA if name.startswith(judged.TRANSLATED) else name


@dataclass(frozen=True, slots=True)
class Prepared:
    """By text: ``sets``, ``parts``, and where its units are (``firsts``, ``ends``); by unit:
    ``hashed``, where its ``pieces`` end, its tag; by term: its text, units (the last one
    included) and polarity.
    """

    sets: npt.NDArray[np.uint8] = field(repr=False)
    parts: npt.NDArray[np.uint8] = field(repr=False)
    firsts: Places = field(repr=False)
    ends: Places = field(repr=False)
    hashed: npt.NDArray[np.int32] = field(repr=False)
    pieces: npt.NDArray[np.int32] = field(repr=False)
    lasts: Places = field(repr=False)
    tags: Small = field(repr=False)
    term_texts: Places = field(repr=False)
    term_firsts: Places = field(repr=False)
    term_lasts: Places = field(repr=False)
    term_polarities: Small = field(repr=False)
    names: npt.NDArray[np.uint8] = field(repr=False)

    @property
    def set_names(self) -> list[str]:
        """By number."""
        return list(json.loads(self.names.tobytes()))


def prepare(
    data: Path, folder: Path, pieces: Pieces, width: int, say: Say
) -> tuple[Prepared, list[AspectText]]:
    """Read the corpus, make units and vectors of words, or take these from the files where they are
    there. More texts are prepared than are given: see ``corpus.whole``.
    """
    texts = corpus.read(data, say)
    path, vectors = folder / FILE, folder / word_vectors.FILE
    if not (path.is_file() and vectors.is_file()):
        labelled = judged.read(data)
        kept_back = corpus.withheld(labelled, texts)
        say(f"{len(labelled):,} labelled texts; {len(kept_back):,} are withheld")
        if not vectors.is_file():
            known = [text for text in labelled if corpus_split.may_train(text, kept_back)]
            word_vectors.make(known, vectors, pieces, width, say)
        if not path.is_file():
            all_texts = [*texts, *corpus.whole(labelled)]
            names = sorted({text.set for text in all_texts})
            made = _arrays(all_texts, names, kept_back, pieces, known_words(vectors), say)
            with replaced_file(path) as out:
                np.savez(out, **{one.name: getattr(made, one.name) for one in fields(Prepared)})
    with np.load(path) as file:
        rows = Prepared(**{one.name: file[one.name] for one in fields(Prepared)})
    return rows, texts


def _part(text: AspectText, kept_back: frozenset[int]) -> int:
    if text.unmarked and text.set not in UNMARKED:
        return NEITHER
    if corpus.trains(text, kept_back):
        return TRAINED
    return {Part.DEVELOPMENT: DEVELOPMENT, Part.HELD_OUT: HELD_OUT}.get(text.part, NEITHER)


def _arrays(
    texts: Sequence[AspectText], names: list[str], kept_back: frozenset[int], pieces: Pieces,
    words: Words, say: Say,
) -> Prepared:  # fmt: skip
    parts, tags, terms, ends = [], [], [], []
    used = used_pieces = 0
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        units = reading.units_of([text.text for text in chunk], pieces, words)
        marked, found = tagged(units, chunk)
        found[:, 0] += start
        found[:, 1:3] += used
        tags.append(marked)
        terms.append(found)
        parts.append((units.hashed, units.pieces, units.lasts + used_pieces))
        ends.append(units.cuts + used)
        used, used_pieces = used + len(units.starts), used_pieces + len(units.pieces)
        say(f"units of {start + len(chunk):,} of {len(texts):,} texts")
    hashed, all_pieces, lasts = (np.concatenate(one) for one in zip(*parts, strict=True))
    cuts, found = np.concatenate(ends), np.concatenate(terms)
    return Prepared(
        np.array([names.index(text.set) for text in texts], np.uint8),
        np.array([_part(text, kept_back) for text in texts], np.uint8),
        np.concatenate([[0], cuts[:-1]]), cuts, hashed, all_pieces, lasts, np.concatenate(tags),
        found[:, 0], found[:, 1], found[:, 2], found[:, 3].astype(np.int8),
        np.frombuffer(json.dumps(names).encode(), np.uint8),
    )  # fmt: skip


def tagged(units: Units, texts: Sequence[AspectText]) -> tuple[Small, Places]:
    """A tag for every unit, and a row for every term: its text, first and last unit, polarity.

    Of terms that overlap the longest is tagged. Pronouns are terms only where their polarity is
    learnt: their units have no tag.
    """
    tags, rows = np.zeros(len(units.starts), np.int8), []
    for number, text in enumerate(texts):
        first = int(units.cuts[number - 1]) if number else 0
        if any(term.whole for term in text.terms):
            tags[first : units.cuts[number]] = IGNORED
        longest = sorted(text.terms, key=lambda term: term.end - term.start, reverse=True)
        for term in longest:
            begin, last = units_of_span(units, number, term.start, term.end)
            if last < begin:
                continue
            rows.append((number, begin, last, term.polarity))
            free = not tags[begin : last + 1].any()
            if term.pronoun:
                if free:
                    tags[begin : last + 1] = IGNORED
            elif free:
                tags[begin], tags[begin + 1 : last + 1] = BEGIN, INSIDE
    return tags, np.array(rows, np.int64).reshape(-1, 4)
