"""Batches of the tagger's training: texts laid out in rows of one length, as compiled loops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.lab.aspects.prepared import TRAINED, Prepared
from models.text.hash_kernels import Places, compiled

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int32]
GAP = 8
"""Blank units between texts that are not read as one: more than a layer reaches across."""


@dataclass(frozen=True, slots=True)
class Shape:
    """``rows`` of so many ``units`` in a batch, and so many ``terms`` at most."""

    rows: int = 32
    units: int = 128
    terms: int = 448


@dataclass(frozen=True, slots=True)
class Batch:
    """``units`` [rows, units]: numbers of units, -1 for blanks; ``blocks``: which text, or texts
    read as one, each is of, 0 for blanks; ``sets``: of each unit. Terms: row, first and last
    column, polarity, set.
    """

    units: Places = field(repr=False)
    blocks: Ids = field(repr=False)
    sets: Ids = field(repr=False)
    terms: Places = field(repr=False)


def drawn(
    prepared: Prepared, draws: dict[str, int], chance: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """The texts of an epoch in groups of one to four of one set, in random order."""
    groups: list[npt.NDArray[np.int64]] = []
    names = prepared.set_names
    for name, count in draws.items():
        texts = np.flatnonzero((prepared.parts == TRAINED) & (prepared.sets == names.index(name)))
        if not len(texts):
            continue
        order = np.concatenate([chance.permutation(texts) for _ in range(-(-count // len(texts)))])
        at, order = 0, order[:count]
        while at < len(order):
            size = 1 if chance.random() < 0.5 else int(chance.integers(2, 5))
            groups.append(order[at : at + size])
            at += size
    return [groups[at] for at in chance.permutation(len(groups))]


@compiled
def _laid_out(
    texts: Places, begins: npt.NDArray[np.bool_], firsts: Places, ends: Places, at: int,
    units: Places, blocks: Ids, owners: Places,
) -> int:  # fmt: skip
    """Fill a batch from text ``at`` on; the text that the next one begins with."""
    rows, length = units.shape
    units[:] = -1
    blocks[:] = 0
    owners[:] = -1
    row, column, block = 0, 0, 0
    while at < len(texts):
        text = texts[at]
        size = min(ends[text] - firsts[text], length)
        gap = 0 if column == 0 or not begins[at] else GAP
        if column + gap + size > length:
            row, column, gap = row + 1, 0, 0
            block += 1
            if row == rows:
                return at
        elif begins[at]:
            block += 1
        column += gap
        for unit in range(size):
            units[row, column + unit] = firsts[text] + unit
            blocks[row, column + unit] = block + 1
            owners[row, column + unit] = text
        column += size
        at += 1
    return at


def batches(
    prepared: Prepared, groups: list[npt.NDArray[np.int64]], shape: Shape
) -> Iterator[Batch]:
    """Of the texts in groups, those of one read as one text."""
    texts = np.concatenate(groups)
    begins = np.zeros(len(texts), np.bool_)
    begins[np.cumsum([0, *(len(group) for group in groups[:-1])])] = True
    term_firsts = np.searchsorted(prepared.term_texts, np.arange(len(prepared.ends) + 1))
    at = 0
    while at < len(texts):
        units = np.empty((shape.rows, shape.units), np.int64)
        blocks, owners = np.empty(units.shape, np.int32), np.empty(units.shape, np.int64)
        at = _laid_out(texts, begins, prepared.firsts, prepared.ends, at, units, blocks, owners)
        sets = np.where(owners >= 0, prepared.sets[owners], 0).astype(np.int32)
        terms = _terms(
            units, owners, prepared.firsts, prepared.term_firsts, prepared.term_lasts,
            prepared.term_polarities, term_firsts, prepared.sets,
        )  # fmt: skip
        yield Batch(units, blocks, sets, terms)


@compiled
def _terms(
    units: Places, owners: Places, firsts: Places, term_units: Places, term_lasts: Places,
    polarities: npt.NDArray[np.int8], term_firsts: Places, sets: npt.NDArray[np.uint8],
) -> Places:  # fmt: skip
    found = np.empty((units.size, 5), np.int64)
    count = 0
    for row in range(units.shape[0]):
        for column in range(units.shape[1]):
            text = owners[row, column]
            if text < 0 or (units[row, column] != firsts[text]):
                continue
            for term in range(term_firsts[text], term_firsts[text + 1]):
                first = column + term_units[term] - firsts[text]
                last = column + term_lasts[term] - firsts[text]
                if last < units.shape[1] and polarities[term] >= 0 and count < len(found):
                    found[count, 0], found[count, 1], found[count, 2] = row, first, last
                    found[count, 3], found[count, 4] = polarities[term], sets[text]
                    count += 1
    return found[:count]


@compiled
def gathered(
    units: Places, hashed: Ids, pieces: Ids, lasts: Places, of_pieces: Floats, of_hashed: Floats,
    forgotten: Floats, share: float,
) -> Floats:  # fmt: skip
    """[units, width]: see ``network.vectors_of``; of units whose ``forgotten`` number is below
    ``share`` the word is not known."""
    first_width, second_width = of_pieces.shape[1], of_hashed.shape[1]
    vectors = np.zeros((len(units), first_width + second_width), np.float32)
    for number in range(len(units)):
        unit = units[number]
        if unit < 0:
            continue
        vector, first = vectors[number], lasts[unit - 1] if unit else 0
        if lasts[unit] > first and forgotten[number] < 1 - share / 3:
            part = np.float32(1) / np.float32(lasts[unit] - first)
            for place in range(first, lasts[unit]):
                row = of_pieces[pieces[place]]
                for column in range(first_width):
                    vector[column] += row[column] * part
        for place in range(hashed.shape[1]):
            feature = hashed[unit, place]
            if feature == 0 or (place == 0 and forgotten[number] < share):
                continue
            row = of_hashed[feature]
            for column in range(second_width):
                vector[first_width + column] += row[column]
    return vectors


@compiled
def scattered(
    units: Places, hashed: Ids, pieces: Ids, lasts: Places, of_pieces: Floats, of_hashed: Floats,
    forgotten: Floats, share: float, gradients: Floats, piece_squares: Floats,
    hashed_squares: Floats, piece_rate: float, hashed_rate: float,
) -> None:  # fmt: skip
    """One step of AdaGrad, a rate for each vector, of what ``gathered`` read."""
    first_width, second_width = of_pieces.shape[1], of_hashed.shape[1]
    for number in range(len(units)):
        unit = units[number]
        if unit < 0:
            continue
        gradient, first = gradients[number], lasts[unit - 1] if unit else 0
        if lasts[unit] > first and forgotten[number] < 1 - share / 3:
            part = np.float32(1) / np.float32(lasts[unit] - first)
            square = np.float32(0)
            for column in range(first_width):
                square += gradient[column] * gradient[column]
            square *= part * part / np.float32(first_width)
            for place in range(first, lasts[unit]):
                piece = pieces[place]
                piece_squares[piece] += square
                rate = np.float32(piece_rate) / np.sqrt(piece_squares[piece]) * part
                for column in range(first_width):
                    of_pieces[piece, column] -= rate * gradient[column]
        square = np.float32(0)
        for column in range(second_width):
            square += gradient[first_width + column] * gradient[first_width + column]
        square /= np.float32(second_width)
        for place in range(hashed.shape[1]):
            feature = hashed[unit, place]
            if feature == 0 or (place == 0 and forgotten[number] < share):
                continue
            hashed_squares[feature] += square
            rate = np.float32(hashed_rate) / np.sqrt(hashed_squares[feature])
            for column in range(second_width):
                of_hashed[feature, column] -= rate * gradient[first_width + column]
