"""The model card of a network that reads words. https://arxiv.org/abs/1810.03993"""

from __future__ import annotations

from models.training import Trained


def network_card(trained: Trained) -> str:
    """Markdown."""
    artifact, figures = trained.artifact, trained.validation
    training = artifact.training
    settings = training["settings"]
    added = f"\nTo these it added by {', '.join(training['augmentation'])}." if "augmentation" in training else ""
    return f"""# {artifact.name} {artifact.version}

**What it does.** Judges whether an English review is positive or negative: P(positive), calibrated. It answers nothing else;
"neutral" is not among its answers.

**How.** The network `{artifact.network.kind}` on the first and last of at most {settings["length"]} words, out of a vocabulary of
{artifact.network.config["vocabulary"]:,}; weights in 16 bits; Platt-calibrated on reviews held out.

**Made from.** `{training["data"]}` ({training["reviews"]} labelled reviews), SHA-256
`{training["data_sha256"]}`, seed {settings["seed"]}, best of {training["epochs"]} epochs: number {training["best_epoch"]}.{added}

**How good.** On the tenth of the reviews that it was not trained on, but that decided when to stop: accuracy
{figures.accuracy:.4f}, macro F1 {figures.f1:.4f}, AUC {figures.auc or 0:.4f}, expected calibration error {figures.ece:.4f},
Brier score {figures.brier:.4f}.

**Limits.** Knows reviews of the kind it was trained on; what stands in the middle of a long one it does not read. Words that
are not in its vocabulary are all one to it, names and places above all: they are masked before it sees a text.
"""
