"""Train the tagger of aspect terms and write its artifact: every step resumes where it was cut
short.

    python -m models.lab.aspects.make DATA CACHE [--out FOLDER] [--epochs 20]

``DATA`` is the folder of the corpus (see ``judgement.corpus``), ``CACHE`` any folder with 1 GB of
room. On one core: 2 minutes to read the corpus, about 75 seconds for each epoch. Word pieces and the
vectors that training begins with are those of the shipped judge.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rich.console import Console
from threadpoolctl import threadpool_limits

from models.artifact import artifact as artifacts
from models.artifact.array_storage import Array, Storage
from models.artifact.artifact import Artifact, Part
from models.artifact.calibration import Calibration
from models.aspects import terms as serving
from models.lab.aspects import prepared
from models.lab.aspects.fitting import State
from models.lab.aspects.prepared import Prepared
from models.lab.judgement import corpus_split
from models.student import model as judge
from models.student.segmenting import Pieces
from models.text import vocabulary as words

CHECKPOINT: Final = "tagger.npz"
JUDGE: Final = artifacts.JUDGE
console = Console()


@dataclass(frozen=True, slots=True)
class Begun:
    """What the judge gives: its vocabulary, as stored, its scores, and the vectors of its pieces."""

    vocabulary: Array
    scores: Array
    vectors: npt.NDArray[np.float32]

    @classmethod
    def of(cls, folder: Path) -> Begun:
        """Of the judge in a folder."""
        arrays = artifacts.load(folder).arrays
        vectors = np.array(arrays["deep/vectors"], np.float32)
        vectors[0] = 0
        return cls(arrays[judge.VOCABULARY], arrays[judge.SCORES], vectors)

    @property
    def pieces(self) -> Pieces:
        """For the units."""
        return Pieces.of(words.from_array(self.vocabulary), self.scores)


def assemble(
    state: State, begun: Begun, styles: Mapping[str, int], lean: float, warmth: float,
    languages: tuple[str, ...], training: dict[str, Any],
) -> Artifact:  # fmt: skip
    """The artifact of what was trained. ``styles``: the number of each language's style, see
    ``TermTagger``.
    """
    arrays: dict[str, tuple[Array, Storage]] = {
        name: (array, "float16") for name, array in state.mean.items() if name != "style"
    }
    kept = sorted(set(styles.values()))
    arrays |= {
        serving.VOCABULARY: (begun.vocabulary, "exact"),
        serving.SCORES: (begun.scores, "float16"),
        serving.OF_PIECES: (state.tables["pieces"], "linear8"),
        serving.OF_HASHED: (state.tables["hashed"], "linear8"),
        serving.STYLES: (state.mean["style"][kept], "float32"),
    }
    config = {
        "lean": lean,
        "warmth": warmth,
        "styles": {language: kept.index(number) for language, number in sorted(styles.items())},
    }
    return artifacts.make(
        serving.NAME, Part(serving.KIND, config), Part(serving.KIND, {"bits": prepared.BITS}),
        arrays, Calibration(1.0, 0.0), training, languages,
    )  # fmt: skip
