"""Fitting of a training plan: logits of held-out texts, for cross-validation and the search."""

from __future__ import annotations

from collections.abc import Sequence

from models.artifact.array_storage import stored
from models.artifact.calibration import Floats, Labels
from models.lab.plans import AnyPlan, BagPlan, MiniLmPlan
from models.text.ngrams import Encoder
from models.training.ngram_training import fit_weights, matrix
from models.training.training_settings import Progress


def held_out_logits(
    plan: AnyPlan,
    texts: Sequence[str],
    positive: Labels,
    held_out: Sequence[str],
    truth: Labels,
    progress: Progress,
) -> Floats:
    """Train on the texts; the logits of those held out.

    ``truth`` is theirs: a network stops early by it, which makes its figures a little better than
    those of reviews that it never saw. Of the n-gram bag the optimum is found exactly.
    """
    if isinstance(plan, BagPlan):
        encode, width = Encoder(plan.encoder), 2**plan.encoder.bits
        weights, bias = fit_weights(matrix(encode(texts), width), positive, plan.settings)
        logits: Floats = matrix(encode(held_out), width) @ stored(weights, "root8") + bias
        return logits
    if isinstance(plan, MiniLmPlan):
        from models.lab import encoder_training

        return encoder_training.fitted(plan, texts, positive, held_out, truth, progress).logits
    from models.lab import network_training

    return network_training.fitted(plan, texts, positive, held_out, truth, progress).logits
