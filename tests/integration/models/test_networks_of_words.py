"""Every network that reads words in order: learns, is indifferent to padding, and comes back from
its artifact.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest

from models import networks
from models.artifact import artifact
from models.artifact.calibration import Calibration
from models.augmentation import NONE
from models.inference import encoders
from models.lab.fitted import FittedNetwork
from models.lab.network_training import fitted, network_artifact
from models.lab.plans import NetworkPlan, plan
from models.networks import word_networks
from models.text.ngrams import pad
from models.training.batches import Examples
from models.training.training_loop import predict
from models.training.training_settings import FittingSettings
from schemas.errors import InputError
from tests.integration.models.toy import reviews

TEXTS, POSITIVE = reviews()
SMALL = {"rnn": 32, "lstm": 16, "gru": 16, "bilstm_attention": 16}


def small(kind: str) -> NetworkPlan:
    config = {"filters": 16} if kind == "cnn" else {"units": SMALL[kind]}
    settings = FittingSettings(epochs=12, batch=16, learning_rate=1e-2, patience=12)
    return NetworkPlan(
        kind, config | {"dimensions": 16, "dropout": 0.1}, words=50, length=16, fitting=settings
    )


@pytest.fixture(scope="module", params=word_networks.KINDS)
def learned(request: pytest.FixtureRequest) -> tuple[NetworkPlan, FittedNetwork]:
    chosen = small(request.param)
    return chosen, fitted(
        chosen, TEXTS[:160], POSITIVE[:160], TEXTS[160:], POSITIVE[160:], lambda step, share: None
    )


def test_it_learns_what_there_is_to_learn(learned: tuple[NetworkPlan, FittedNetwork]) -> None:
    assert np.mean((learned[1].logits > 0) == POSITIVE[160:]) >= 0.95


def test_what_is_loaded_gives_the_logits_that_were_calibrated(
    learned: tuple[NetworkPlan, FittedNetwork],
) -> None:
    made = network_artifact("toy", learned[1], Calibration(), {})
    network, encode = networks.build(made), encoders.build(made)
    again = predict(network, Examples(encode(TEXTS[160:]), POSITIVE[160:].astype(float)))
    assert again.tolist() == pytest.approx(learned[1].logits.tolist(), abs=1e-5)
    assert (
        artifact.make("toy", made.network, made.encoder, {}, Calibration(), {}).version
        != made.version
    )


def test_neither_padding_nor_neighbours_change_a_logit(
    learned: tuple[NetworkPlan, FittedNetwork],
) -> None:
    made = network_artifact("toy", learned[1], Calibration(), {})
    network, encode = networks.build(made), encoders.build(made)
    rows = encode([*TEXTS[:6], ""])["ids"]
    together = keras.ops.convert_to_numpy(network(pad(rows, 40)))
    alone = [float(network(pad([row], max(1, len(row))))[0]) for row in rows]
    assert (together.shape, together.dtype) == ((7,), np.float32)
    assert together.tolist() == pytest.approx(alone, abs=1e-5)


def test_paths_of_weights_do_not_depend_on_what_was_built_before() -> None:
    for kind in word_networks.KINDS:
        first, second = (
            set(networks.arrays(word_networks.build(kind, vocabulary=9))) for _ in range(2)
        )
        assert first == second


def test_settings_that_a_network_does_not_have_are_named() -> None:
    with pytest.raises(InputError, match="lstm has no setting filters, only batch"):
        plan("lstm", {"filters": 3})
    with pytest.raises(InputError, match="there is no network 'tree'"):
        plan("tree", {})
    assert NONE.described() == {}


def test_it_learns_in_half_precision_where_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind=None: ["gpu:0"])
    half = fitted(
        small("rnn"),
        TEXTS[:160],
        POSITIVE[:160],
        TEXTS[160:],
        POSITIVE[160:],
        lambda step, share: None,
    )
    assert np.mean((half.logits > 0) == POSITIVE[160:]) >= 0.9
    assert 0 < np.abs(half.logits - half.fitted.logits).max() < 0.5, (
        "what is shipped is in whole precision"
    )
    assert keras.config.dtype_policy().name == "float32"
