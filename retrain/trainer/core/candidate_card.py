"""Model card of a candidate. https://arxiv.org/abs/1810.03993"""

from __future__ import annotations

from typing import Final

from models.evaluation.behaviour.comparing import BehaviourComparison
from retrain.trainer.candidate_models import Candidate
from retrain.trainer.core.acceptance import Acceptance, Side

HOW = {
    "adapter": "The champion {parent} as it was, and beside it an adapter: regressions on hashed "
    "n-grams that tell where a text\n"
    "is of a new domain, and correct the champion's logit there.",
    "scratch": (
        "Word 1- to 3-grams hashed into ids, one weight each, summed; trained anew, "
        "champion {parent} had no part in it."
    ),
}


TWO: Final = """Judges whether a review is positive or negative: P(positive), calibrated. It
answers nothing else; "neutral" is not among its answers."""
THREE: Final = """Judges a review: P(negative), P(neutral), P(positive). What it learnt moves the
odds of positive to negative."""


def candidate_card(candidate: Candidate, acceptance: Acceptance, request_id: str) -> str:
    """Markdown."""
    artifact, training = candidate.artifact, candidate.artifact.training
    counts = ", ".join(f"{count:,} {name}" for name, count in training["counts"].items())
    three = artifact.multilingual
    return f"""# {artifact.name} {artifact.version}

**What it does.** {THREE if three else TWO} Languages: {", ".join(artifact.languages)}.

**How.** {HOW[candidate.kind].format(parent=training["parent"])}

**Made from** labels of these origins: {counts}. Data set SHA-256 `{training["data_sha256"][0]}`,
for request `{request_id}`.

**How good.** Beside champion {training["parent"]}, on reviews that it has not seen:

| reviews | | champion's balanced accuracy | its own | gain, 95% |
|---|---|---|---|---|
{_rows(acceptance)}

**Behaviour.** On the behaviour suite, by language and where the two differ:

| cases | of | champion right | right |
|---|---|---|---|
{_behaviour_rows(acceptance.behaviour)}

| exchanged words | champion moves at the 95th percentile | it moves | other labels |
|---|---|---|---|
{_movement_rows(acceptance.behaviour)}

**Limits.** It is as right as the people whose feedback it learnt from.
"""


def _rows(acceptance: Acceptance) -> str:
    sides = {"recent feedback": acceptance.recent}
    sides |= {f"golden set, {name}": part for name, part in acceptance.golden.items()}
    return "\n".join(_row(name, each) for name, each in sides.items())


def _row(name: str, side: Side) -> str:
    gain = (
        f"{side.balanced_gain:+.4f} [{side.balanced_gain_interval.low:+.4f}, "
        f"{side.balanced_gain_interval.high:+.4f}]"
    )
    return (
        f"| {name} | {side.reviews:,} | {side.champion_balanced:.4f} | "
        f"{side.candidate_balanced:.4f} | {gain} |"
    )


def _behaviour_rows(behaviour: BehaviourComparison) -> str:
    return "\n".join(
        f"| {part.name} | {part.cases} | {part.champion} | {part.candidate} |"
        for part in behaviour.telling
    )


def _movement_rows(behaviour: BehaviourComparison) -> str:
    return "\n".join(
        f"| {words} | {old.most:.3f} | {new.most:.3f} | {new.flips:.1%} |"
        for words, (old, new) in behaviour.movements.items()
    )
