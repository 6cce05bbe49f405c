"""What a manifest may ask for, and what it may not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from infra import native
from models.artifact.artifact import Artifact, Part
from models.artifact.calibration import Calibration
from models.inference import encoders
from models.text.ngrams import EncoderSettings
from models.training.ngram_training import ngram_artifact
from schemas.errors import ModelIntegrityError

TINY = ngram_artifact(
    "tiny", EncoderSettings(bits=4), np.linspace(-1, 1, 16), 0.5, Calibration(), {}
)


def network_of(artifact: Artifact) -> object:
    native.prepare()
    from models import networks

    return networks.build(artifact)


def test_a_network_gets_its_weights_by_their_paths() -> None:
    native.prepare()
    from models import networks

    arrays = networks.arrays(networks.build(TINY))
    assert arrays.keys() == TINY.arrays.keys()
    assert all(np.array_equal(arrays[name], TINY.arrays[name]) for name in arrays)


@pytest.mark.parametrize(
    "artifact",
    [
        replace(TINY, network=Part("another", {})),
        replace(TINY, network=Part("ngram_bag", {"size": 17})),
        replace(TINY, network=Part("ngram_bag", {"depth": 16})),
        replace(TINY, arrays={}),
    ],
)
def test_a_network_that_there_is_not_or_does_not_fit_its_weights_is_refused(
    artifact: Artifact,
) -> None:
    with pytest.raises(ModelIntegrityError, match="tiny"):
        network_of(artifact)


@pytest.mark.parametrize("part", [Part("another", {}), Part("ngrams", {"unknown": 1})])
def test_an_encoder_that_there_is_not_is_refused(part: Part) -> None:
    with pytest.raises(ModelIntegrityError, match="tiny"):
        encoders.build(replace(TINY, encoder=part))
