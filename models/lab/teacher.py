"""Teacher for distillation: a fine-tuned pretrained encoder that labels single sentences of the
reviews.

Each review's sentences are judged by a network that was not trained on that review: what a teacher
has learnt by heart is no lesson. Hinton et al. 2015, https://arxiv.org/abs/1503.02531; Tang et al.
2019, https://arxiv.org/abs/1903.12136
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from models.artifact.calibration import Floats, Labels
from models.lab.teacher_output import (
    SoftLabels,
    Vectors,
    review_key,
    save_soft_labels,
    save_vectors,
)
from models.networks import minilm
from models.networks.bert_shape import EncoderShape
from models.text.subwords import PieceEncoder, Pretrained
from models.text.tokenizer import TOKEN
from models.training.batches import Examples
from models.training.datasets import read
from models.training.folds import folds
from models.training.training_loop import Resumption, fit, precision, predict
from models.training.training_settings import FINE_TUNING, FittingSettings, Progress

SENTENCE_END = re.compile(r"(?<=[.!?])[\"')]*\s+")
SHORTEST = 3
"""Words of a sentence that is worth a judgement."""
ONE_ALONE = 0.6
"""Share of the samples that are one sentence; the others are two in a row, which may disagree."""


@dataclass(frozen=True, slots=True)
class TeacherSettings:
    """``folds``: networks, each of which judges the part of the reviews it was not trained on.

    ``sentences``: samples of each review; ``vectors``: words that get a vector.
    """

    seed: int = 0
    folds: int = 2
    length: int = 128
    sentences: int = 3
    vectors: int = 40_000
    dimensions: int = 128
    fitting: FittingSettings = FINE_TUNING


def teach(
    files: Sequence[Path],
    pretrained: Pretrained,
    clean: Callable[[str], str],
    settings: TeacherSettings,
    out: Path,
    progress: Progress,
) -> Floats:
    """Fine-tune on labelled files, write soft labels and word vectors to ``out``; the logits of
    every review, out of fold.

    Hours on a CPU. After a kill the same call goes on after the last whole epoch. Raises
    ``InputError``.
    """
    out.mkdir(parents=True, exist_ok=True)
    data = [read(path) for path in files]
    texts = [clean(text) for one in data for text in one.texts]
    positive = np.concatenate([one.positive for one in data])
    encoder = pretrained.encoder(settings.length)
    samples, owners = sample_sentences(texts, settings)
    rows, sampled = encoder(texts)["pieces"], encoder(samples)["pieces"]
    logits, judged = np.zeros(len(texts)), np.zeros(len(samples))
    setup = review_key(repr((settings, [one.sha256 for one in data])))
    parts = folds(len(texts), settings.folds, settings.seed)
    for number, (rest, held_out) in enumerate(parts):

        def told(step: str, share: float, number: int = number) -> None:
            progress(f"teacher {number + 1} of {len(parts)}: {step}", (number + share) / len(parts))

        checkpoint = Resumption(out / f"checkpoint-{number}.npz", f"{setup} {number}")
        network = _fine_tuned(pretrained, rows, positive, rest, settings, told, checkpoint)
        logits[held_out] = predict(network, _examples([rows[at] for at in held_out]))
        mine = np.flatnonzero(np.isin(owners, held_out))
        judged[mine] = predict(network, _examples([sampled[at] for at in mine]))
    keys = [review_key(text) for text in texts]
    save_soft_labels(
        SoftLabels(samples, 1 / (1 + np.exp(-judged)), [keys[owner] for owner in owners]), out
    )
    words, vectors = word_vectors(texts, pretrained, encoder, settings)
    save_vectors(words, vectors, out)
    progress("done", 1.0)
    return logits


def sample_sentences(
    texts: Sequence[str], settings: TeacherSettings
) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Sentences, or two in a row, of each text by chance, and which text each is from. A text of
    one sentence gives none.
    """
    rng = np.random.default_rng(settings.seed)
    samples, owners = [], []
    for owner, text in enumerate(texts):
        sentences = [
            sentence for sentence in SENTENCE_END.split(text) if len(sentence.split()) >= SHORTEST
        ]
        if len(sentences) < 2:
            continue
        for first in rng.permutation(len(sentences))[: settings.sentences]:
            count = 1 if rng.random() < ONE_ALONE else 2
            samples.append(" ".join(sentences[first : first + count]))
            owners.append(owner)
    return samples, np.array(owners, np.intp)


def word_vectors(
    texts: Sequence[str], pretrained: Pretrained, encoder: PieceEncoder, settings: TeacherSettings
) -> tuple[list[str], Vectors]:
    """The commonest words, and what the encoder makes of each alone, turned so that the first
    dimensions tell most.
    """
    counts = Counter(token for text in texts for token in TOKEN.findall(text.lower()))
    words = [word for word, count in counts.most_common(settings.vectors) if count > 1]
    body = minilm.encoder(EncoderShape(**pretrained.shape()))
    minilm.load_pretrained(body, pretrained.tensors())
    vectors = predict(body, _examples(encoder(words)["pieces"]))
    share = np.minimum(np.array([counts[word] for word in words], float) / counts.total(), 1e-4)
    centred = vectors - np.average(vectors, axis=0, weights=share)
    _, axes = np.linalg.eigh(np.cov(centred.T, aweights=share))
    return words, (centred @ axes[:, ::-1][:, : settings.dimensions]).astype(np.float32)


def _fine_tuned(
    pretrained: Pretrained,
    rows: Sequence[npt.NDArray[np.int32]],
    positive: Labels,
    rest: npt.NDArray[np.intp],
    settings: TeacherSettings,
    progress: Progress,
    resumption: Resumption,
) -> keras.Model:
    keras.utils.set_random_seed(settings.seed)
    with precision():
        network = minilm.build(EncoderShape(**pretrained.shape()))
    minilm.load_pretrained(network.get_layer("minilm_encoder"), pretrained.tensors())
    targets = positive.astype(np.float32)
    shown = rest[: len(rest) // 50 + 1]  # only to show how it goes
    validation = Examples({"pieces": [rows[at] for at in shown]}, targets[shown])
    training = Examples({"pieces": [rows[at] for at in rest]}, targets[rest])
    fit(network, training, validation, settings.fitting, progress=progress, resumption=resumption)
    return network


def _examples(rows: Sequence[npt.NDArray[np.int32]]) -> Examples:
    return Examples({"pieces": rows}, np.zeros(len(rows), np.float32))
