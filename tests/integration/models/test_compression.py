"""What fewer bits and fewer weights cost."""

from __future__ import annotations

import numpy as np

from infra import native
from infra.settings import ScoringSettings
from models.artifact.calibration import Calibration
from models.text.ngrams import EncoderSettings
from models.training.ngram_training import ngram_artifact


def test_pruning_takes_the_smallest_weights() -> None:
    native.prepare()
    from models.evaluation.compression import pruned

    weights = np.array([[0.1, -5.0], [0.0, 2.0], [-0.3, 1.0]], np.float32)
    assert pruned(weights, 0.5).tolist() == [[0, -5], [0, 2], [0, 1]]
    assert pruned(weights, 0.0).tolist() == weights.tolist()


def test_every_variant_is_measured_and_the_model_as_it_is_comes_first() -> None:
    native.prepare()
    from models.evaluation.compression import PRUNED, STORAGES, costs

    weights = np.random.default_rng(0).normal(size=2**10)
    artifact = ngram_artifact("tiny", EncoderSettings(bits=10), weights, 0.0, Calibration(), {})
    texts = [f"word{number} and word{number + 1}" for number in range(50)]
    found = list(costs(artifact, texts, np.arange(50) % 2 == 0, ScoringSettings()))
    assert found[0].variant == "as it is"
    assert found[0].changed == 0
    assert len(found) == 3 + len(STORAGES) + len(PRUNED)
    by_name = {cost.variant: cost for cost in found}
    assert by_name["engine onnx"].changed == by_name["stored as float32"].changed == 0
    assert by_name["stored as float32"].megabytes > by_name["stored as linear8"].megabytes
