"""Model card of a candidate. https://arxiv.org/abs/1810.03993"""

from __future__ import annotations

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


def candidate_card(candidate: Candidate, acceptance: Acceptance, request_id: str) -> str:
    """Markdown."""
    artifact, training = candidate.artifact, candidate.artifact.training
    counts = ", ".join(f"{count:,} {name}" for name, count in training["counts"].items())
    return f"""# {artifact.name} {artifact.version}

**What it does.** Judges whether a review is positive or negative: P(positive), calibrated. It
answers nothing else; "neutral" is not among its answers. Language: {", ".join(artifact.languages)}.

**How.** {HOW[candidate.kind].format(parent=training["parent"])}

**Made from** labels of these origins: {counts}. Data set SHA-256 `{training["data_sha256"][0]}`,
for request `{request_id}`.

**How good.** Beside champion {training["parent"]}, on reviews that it has not seen:

| reviews | | champion's balanced accuracy | its own | gain, 95% |
|---|---|---|---|---|
{_row("recent feedback", acceptance.recent)} {_row("golden set", acceptance.golden)}

**Limits.** It is as right as the people whose feedback it learnt from.
"""


def _row(name: str, side: Side) -> str:
    gain = (
        f"{side.balanced_gain:+.4f} [{side.balanced_gain_interval.low:+.4f}, "
        f"{side.balanced_gain_interval.high:+.4f}]"
    )
    return (
        f"| {name} | {side.reviews:,} | {side.champion_balanced:.4f} | "
        f"{side.candidate_balanced:.4f} | {gain} |"
    )
