"""Train the tagger of aspect terms and write its artifact: every step resumes where it was cut
short.

    python -m models.lab.aspects.make DATA CACHE [--out FOLDER] [--epochs 6]

``DATA`` is the folder of the corpus (see ``judgement.corpus``), ``CACHE`` any folder with 1 GB of
room. On one core: 2 minutes to read the corpus, about 2 for each epoch. Word pieces and the vectors
that training begins with are those of the shipped judge.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from models.aspects.terms import TermTagger
from models.lab.aspects import (
    card,
    choosing,
    fitting,
    measuring,
    opinions,
    prepared,
    recipe,
    word_vectors,
)
from models.lab.aspects.corpus import AspectText
from models.lab.aspects.fitting import State
from models.lab.aspects.prepared import Prepared
from models.lab.judgement import corpus_split
from models.student import model as judge
from models.student.model import Student
from models.student.segmenting import Pieces
from models.text import vocabulary

CHECKPOINT: Final = "tagger.npz"
JUDGE: Final = artifacts.JUDGE
SERVED: Final = 100
"""Training texts with terms of a language from which on it is said to be served."""
console = Console()


@dataclass(frozen=True, slots=True)
class Begun:
    """What the judge gives: its vocabulary, as stored, its scores, the vectors of its pieces."""

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
        return Pieces.of(vocabulary.from_array(self.vocabulary), self.scores)


def assemble(
    state: State, begun: Begun, words: npt.NDArray[np.uint32], config: Mapping[str, Any],
    languages: tuple[str, ...], training: dict[str, Any],
    opinion: Mapping[str, npt.NDArray[np.float32]],
) -> Artifact:  # fmt: skip
    """The artifact of what was trained. ``config``: the number of each language's ``styles``, the
    ``lean``, see ``TermTagger``, and the groups of languages of the second ``opinions``, whose
    arrays are ``opinion``.
    """
    arrays: dict[str, tuple[Array, Storage]] = {
        name: (array, "float16") for name, array in state.mean.items() if name != "style"
    }
    styles: Mapping[str, int] = config["styles"]
    kept = sorted(set(styles.values()))
    arrays |= {
        serving.VOCABULARY: (begun.vocabulary, "exact"),
        serving.SCORES: (begun.scores, "float16"),
        serving.WORDS: (words, "exact"),
        serving.OF_PIECES: (state.tables["pieces"], "linear8"),
        serving.OF_HASHED: (state.tables["hashed"], "linear8"),
        serving.STYLES: (state.mean["style"][kept], "float32"),
        **{name: (array, "float32") for name, array in opinion.items()},
    }
    numbers = {language: kept.index(number) for language, number in sorted(styles.items())}
    return artifacts.make(
        serving.NAME,
        Part(serving.KIND, {**config, "styles": numbers}),
        Part(serving.KIND, {}),
        arrays,
        Calibration(1.0, 0.0),
        training,
        languages,
    )


def trained_on(rows: Prepared) -> dict[str, int]:
    """Training texts of each set that has some."""
    counts = np.bincount(rows.sets[rows.parts == prepared.TRAINED], minlength=len(rows.set_names))
    pairs = zip(rows.set_names, counts.tolist(), strict=True)
    return {name: count for name, count in pairs if count}


def served(texts: Sequence[AspectText], rows: Prepared) -> tuple[str, ...]:
    """Languages with terms to learn from."""
    train = rows.parts[: len(texts)] == prepared.TRAINED
    counts = Counter(text.language for text, one in zip(texts, train, strict=True) if one)
    return tuple(sorted(code for code, count in counts.items() if count >= SERVED))


def finished(
    state: State, begun: Begun, words: npt.NDArray[np.uint32], texts: Sequence[AspectText],
    rows: Prepared, training: dict[str, Any],
) -> Artifact:  # fmt: skip
    """With what development texts choose: the style, the lean, the weights of the judge."""
    development = measuring.part(texts, rows, prepared.DEVELOPMENT)
    languages, numbers, student = served(texts, rows), recipe.styles(rows.set_names), Student.load()
    config: dict[str, Any] = {"styles": {"": 0}, "lean": 0.0}
    draft = assemble(state, begun, words, config, languages, training, {})
    tagger = TermTagger.of(draft, lambda: student)
    styles = {name: state.mean["style"][numbers[name]] for name in recipe.CANDIDATES}
    style, lean = choosing.chosen(tagger, styles, development, console.print)
    tagger = replace(tagger, styles={"": styles[style]}, lean=lean)
    groups, opinion = opinions.fitted(tagger, student, development, console.print)
    config = {"styles": {"": numbers[style]}, "lean": lean, "opinions": groups}
    training |= {"style": style, "judge": student.version}
    return assemble(state, begun, words, config, languages, training, opinion)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("cache", type=Path, metavar="CACHE")
    parser.add_argument("--out", type=Path, default=serving.SHIPPED)
    parser.add_argument("--epochs", type=float, default=recipe.EPOCHS)
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    begun, vectors = Begun.of(JUDGE), given.cache / word_vectors.FILE
    rows, texts = prepared.prepare(
        given.data, given.cache, begun.pieces, recipe.WIDTH, console.print
    )
    how = recipe.settings(rows.set_names, given.epochs)
    with threadpool_limits(1):
        state = fitting.fit(
            rows,
            begun.vectors,
            word_vectors.table_of(vectors),
            how,
            given.cache / CHECKPOINT,
            console.print,
        )
    training = {
        "split": corpus_split.VERSION,
        "sets": trained_on(rows),
        "begun": artifacts.read_manifest(JUDGE)["version"],
        "steps": state.steps,
        "epochs": given.epochs,
    }
    known = np.load(vectors)["words"]
    made = finished(state, begun, known, texts, rows, training)
    artifacts.save(made, given.out, card.card(made, texts, rows, console.print))
    console.print(f"{made.name} {made.version} in {given.out}")


if __name__ == "__main__":
    main()
