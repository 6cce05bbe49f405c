"""Tagger: texts → spans of people and places, by a model on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from models.artifact import artifact
from models.names import tagger_network, token_features
from models.names.addresses import whole_addresses
from models.names.character_classes import characters
from models.names.full_names import near_full_names
from models.names.tagger_network import TAGS, Floats, Weights
from models.names.thing_veto import names_somebody
from models.names.token_features import ROLE_BITS, Small, word_hash
from models.text.hash_kernels import Hashes, Numbers, Places

SHIPPED: Final = artifact.FOLDER / "names-en"
NEVER: Final = 2.0
"""A threshold that no probability reaches: of words that are no names."""
JOINT, COMMA = word_hash("."), word_hash(",")


class Found(NamedTuple):
    """PERSON or LOCATION, offsets into the text, and how likely its surest word is to be that, from
    0 to 1.
    """

    type: str
    start: int
    end: int
    score: float


class Read(NamedTuple):
    """The tokens of texts as ``reading`` has them; ``cuts``: where those of each text end."""

    starts: Places
    stops: Places
    hashes: Hashes
    styles: Small
    places: Small
    cuts: Places
    features: Numbers
    lasts: Places
    candidates: Places


def read(texts: Sequence[str], roles: Small, bits: int, *, full_names: bool = False) -> Read:
    """Inputs of the tagger network for texts; features are numbers of so many bits. ``full_names``:
    only candidates that may be part of a span with one, see ``near_full_names``.
    """
    points = np.frombuffer("\0".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64) - 1
    classes, folds = characters()
    starts, stops, hashes, styles, places, cuts = token_features.tokens_of(
        points, ends, classes, folds
    )
    features, lasts = token_features.features_of(
        points,
        ends,
        folds,
        starts,
        stops,
        hashes,
        styles,
        places,
        cuts,
        roles,
        np.uint64(64 - bits),
    )
    candidates = token_features.candidates_of(hashes, styles, places, starts, stops, roles)
    if full_names:
        candidates = near_full_names(
            points, ends, starts, stops, hashes, styles, places, roles, candidates
        )
    return Read(starts, stops, hashes, styles, places, cuts, features, lasts, candidates)


@dataclass(frozen=True)
class NameTagger:
    """Finds people and places. ``roles``: what words are known as, by hash; ``sure``, ``small``,
    ``fair``: thresholds by tag.

    What it says of a text does not depend on the others in a batch. Safe in many threads.
    """

    weights: Weights = field(repr=False)
    roles: Small = field(repr=False)
    sure: Floats
    small: Floats
    fair: Floats
    version: str = ""

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> NameTagger:
        """The model in a folder. Raises ``ModelNotFound`` and ``ModelIntegrityError``."""
        return cls.of(artifact.load(folder))

    @classmethod
    def of(cls, model: artifact.Artifact) -> NameTagger:
        """The tagger that an artifact holds."""
        arrays, thresholds = model.arrays, model.network.config
        roles = np.zeros(1 << ROLE_BITS, np.uint8)
        roles[arrays["known"]] = arrays["roles"]
        sure, small, fair = (
            np.array([NEVER, *thresholds[name]], np.float32) for name in ("sure", "small", "fair")
        )
        weights = Weights(*(np.ascontiguousarray(arrays[name]) for name in Weights._fields))
        return cls(weights, roles, sure, small, fair, model.version)

    @property
    def bits(self) -> int:
        """Of the numbers of features."""
        return len(self.weights.table).bit_length() - 1

    def __call__(self, texts: Sequence[str], *, full_names: bool = False) -> list[list[Found]]:
        """What is found in each text, in order; nothing overlaps. ``full_names``: where a text is
        read for these alone; what holds none may be left out.
        """
        found: list[list[Found]] = [[] for _ in texts]
        reading = read(texts, self.roles, self.bits, full_names=full_names)
        likely = self.probabilities(reading)
        spans = tagger_network.spans_of(
            reading.candidates, likely, reading.starts, reading.stops, reading.styles,
            reading.hashes, reading.cuts,
            self.sure,
            self.small, self.fair, JOINT, COMMA,
        )  # fmt: skip
        numbers, tags, firsts, lasts, scores = whole_addresses(
            *spans, reading.starts, reading.stops, reading.hashes, reading.styles, self.roles
        )
        kept = names_somebody(tags, firsts, lasts, reading.hashes, reading.styles, self.roles)
        starts, ends = reading.starts[firsts[kept]].tolist(), _ends(reading, lasts[kept]).tolist()
        each = zip(
            numbers[kept].tolist(),
            tags[kept].tolist(),
            starts,
            ends,
            scores[kept].tolist(),
            strict=True,
        )
        for number, tag, start, stop, score in each:
            found[number].append(Found(TAGS[tag], start, stop, score))
        return found

    def probabilities(self, reading: Read) -> Floats:
        """Of each candidate those of the tags."""
        weights = self.weights
        wanted = tagger_network.near(reading.candidates, len(reading.lasts))
        vectors = tagger_network.vectors_of(reading.features, reading.lasts, weights.table, wanted)
        windows = tagger_network.windows_of(
            reading.candidates, reading.styles, vectors, weights.table[token_features.BEYOND]
        )
        return tagger_network.probabilities(windows, len(reading.candidates), weights)


def _ends(reading: Read, lasts: Numbers) -> Places:
    """Where spans end with those tokens: of an initial its full stop is a part."""
    behind = lasts + 1
    initial = (reading.stops[lasts] - reading.starts[lasts] == 1) & (
        reading.styles[lasts] != token_features.NUMBER
    )
    stopped = initial & (reading.hashes[behind] == JOINT) & (reading.places[behind] & 1 == 0)
    return np.where(stopped, reading.stops[behind], reading.stops[lasts])
