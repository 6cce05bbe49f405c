"""Frozen teacher for distillation: logistic regression on the vectors of a pretrained encoder.

It judges whole reviews together with n-grams, whose mistakes are others, and stretches of them
alone. As with ``lab.teacher``, nothing is judged by what was trained on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from infra.whole_files import replaced_file
from models.artifact.calibration import Floats, Labels
from models.lab.teacher_output import SoftLabels, review_key, save_soft_labels, save_vectors
from models.text.ngrams import Encoder, EncoderSettings
from models.text.tokenizer import UNSPACED, UNSPACED_MARKS
from models.training.datasets import read
from models.training.folds import folds
from models.training.ngram_training import TrainingSettings, fit_weights, matrix
from models.training.training_settings import Progress
from schemas.errors import InputError

PART_END = re.compile(rf"(?<=[.!?;,{UNSPACED_MARKS}])|(?<=[{UNSPACED}])(?=\s)")
CHUNK = 256
CACHE = "encoded.npz"
Vectors = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""A pretrained encoder: texts → [texts, dimensions]."""


@dataclass(frozen=True, slots=True)
class FrozenSettings:
    """``stretches`` of up to ``parts`` clauses in a row are taken of each review; ``strength``: of
    the head.
    """

    seed: int = 0
    folds: int = 5
    stretches: int = 3
    parts: int = 3
    shortest: int = 4
    longest: int = 120
    strength: float = 0.005
    ngrams: TrainingSettings = field(default_factory=lambda: TrainingSettings(strength=1.0))
    encoder: EncoderSettings = field(default_factory=lambda: EncoderSettings(bits=20, ngrams=4))


def teach(
    files: Sequence[Path],
    embed: Embed,
    clean: Callable[[str], str],
    settings: FrozenSettings,
    out: Path,
    progress: Progress,
) -> Floats:
    """Write soft labels of the reviews and of stretches of them to ``out``; the logits of every
    review, out of fold.

    Encoding is what takes the time; what is encoded is kept, and the same call after a kill goes on
    there. Raises ``InputError``.
    """
    out.mkdir(parents=True, exist_ok=True)
    data = [read(path) for path in files]
    texts = [clean(text) for one in data for text in one.texts]
    positive = np.concatenate([one.positive for one in data])
    stretches, owners = sample_stretches(texts, settings)
    vectors = encoded(
        [*texts, *stretches], embed, out / CACHE, lambda share: progress("encoding", 0.9 * share)
    )
    scale = vectors[: len(texts)].mean(0), vectors[: len(texts)].std(0) + 1e-9
    vectors = (vectors - scale[0]) / scale[1]
    features = matrix(Encoder(settings.encoder)(texts), 2**settings.encoder.bits)
    judged, counted, judged_stretches = (
        np.zeros(len(texts)),
        np.zeros(len(texts)),
        np.zeros(len(stretches)),
    )
    parts = folds(len(texts), settings.folds, settings.seed)
    for number, (rest, held_out) in enumerate(parts):
        progress(f"fold {number + 1} of {len(parts)}", 0.9 + 0.1 * number / len(parts))
        head = LogisticRegression(C=settings.strength, max_iter=500).fit(
            vectors[rest], positive[rest]
        )
        judged[held_out] = head.decision_function(vectors[held_out])
        mine = np.flatnonzero(np.isin(owners, held_out))
        if len(mine):
            judged_stretches[mine] = head.decision_function(vectors[len(texts) + mine])
        weights, bias = fit_weights(features[rest], positive[rest], settings.ngrams)
        counted[held_out] = features[held_out] @ weights + bias
    together, alone = np.column_stack([judged, counted]), judged[:, None]
    logits = _calibrated(together, positive, together)
    scores = np.concatenate([logits, _calibrated(alone, positive, judged_stretches[:, None])])
    keys = [review_key(text) for text in texts]
    labelled = SoftLabels(
        [*texts, *stretches], 1 / (1 + np.exp(-scores)), [*keys, *(keys[owner] for owner in owners)]
    )
    save_soft_labels(labelled, out)
    save_vectors([], np.zeros((0, 1), np.float32), out)
    (out / CACHE).unlink()
    progress("done", 1.0)
    return logits


def sample_stretches(
    texts: Sequence[str], settings: FrozenSettings
) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Clauses, or some in a row, of each text by chance, and which text each is from. A text of one
    clause gives none.
    """
    rng = np.random.default_rng(settings.seed)
    samples, owners = [], []
    for owner, text in enumerate(texts):
        clauses = [clause for clause in PART_END.split(text) if len(clause.strip()) > 1]
        for _ in range(settings.stretches if len(clauses) > 1 else 0):
            count = int(rng.integers(1, min(settings.parts + 1, len(clauses))))
            first = int(rng.integers(0, len(clauses) - count + 1))
            sample = "".join(clauses[first : first + count]).strip()
            if settings.shortest <= len(sample) <= settings.longest:
                samples.append(sample)
                owners.append(owner)
    return samples, np.array(owners, np.intp)


def encoded(
    texts: Sequence[str], embed: Embed, cache: Path, progress: Callable[[float], None]
) -> Vectors:
    """The vectors of all texts, in chunks that are kept in ``cache``. Raises ``InputError`` for a
    cache of other texts.
    """
    of = review_key("\n".join(texts))
    done: list[Vectors] = []
    if cache.is_file():
        with np.load(cache, allow_pickle=False) as kept:
            if str(kept["of"]) != of:
                raise InputError(f"{cache} belongs to other texts: remove it to start again")
            done = [kept["vectors"]]
    start = sum(map(len, done))
    for at in range(start, len(texts), CHUNK):
        done.append(np.asarray(embed(texts[at : at + CHUNK]), np.float32))
        progress((at + CHUNK) / len(texts))
        if (at // CHUNK) % 10 == 9:
            _keep(cache, of, done)
    _keep(cache, of, done)
    return np.concatenate(done)


def _keep(cache: Path, of: str, done: Sequence[Vectors]) -> None:
    with replaced_file(cache) as file:
        np.savez(file, of=np.array(of), vectors=np.concatenate(done))


def _calibrated(judged: Floats, positive: Labels, asked: Floats) -> Floats:
    """The logits of ``asked``, as a regression on what was judged of reviews has them. The labels
    are of ``judged``.
    """
    regression = LogisticRegression().fit(judged, positive)
    logits: Floats = regression.decision_function(asked)
    return logits
