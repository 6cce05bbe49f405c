"""What ships: what cannot be worse, within limits."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.gate import Limits, decide

TRUTH = np.arange(2000) % 2 == 0


def scores(
    wrong: int, certainty: float = 0.93, first: int = 0
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Of a model that is wrong about so many reviews from ``first`` on, and sure of itself."""
    said = TRUTH.copy()
    said[first : first + wrong] ^= True
    return np.where(said, certainty, 1 - certainty).astype(np.float32)


def test_the_same_model_and_a_better_one_ship() -> None:
    assert decide(scores(140), scores(140), TRUTH, Limits()).reasons == ()
    decision = decide(scores(140), scores(100, certainty=0.95), TRUTH, Limits())
    assert decision.reasons == ()
    assert (decision.champion_accuracy, decision.candidate_accuracy) == (0.93, 0.95)


def test_a_worse_model_does_not_ship() -> None:
    [reason] = decide(scores(140), scores(200), TRUTH, Limits(max_error=1)).reasons
    assert reason.startswith("it may lose")


def test_a_model_of_the_same_accuracy_that_is_wrong_elsewhere_does_not_ship_on_few_reviews() -> (
    None
):
    few = slice(0, 100)
    champion, candidate = scores(7), scores(7, first=50)
    assert decide(champion[few], candidate[few], TRUTH[few], Limits()).reasons
    assert not decide(scores(7), scores(7, first=50), TRUTH, Limits()).reasons


def test_a_model_that_is_too_sure_of_itself_does_not_ship() -> None:
    [reason] = decide(scores(140), scores(140, certainty=0.999), TRUTH, Limits()).reasons
    assert reason.startswith("its calibration error is 0.069, the champion's 0.000")


@pytest.mark.parametrize(("limit", "ships"), [(0.005, False), (0.02, True)])
def test_the_limit_decides(limit: float, ships: bool) -> None:
    assert (not decide(scores(140), scores(150), TRUTH, Limits(max_loss=limit)).reasons) is ships
