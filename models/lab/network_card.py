"""Model cards of networks that read words or subwords. https://arxiv.org/abs/1810.03993"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from models.inference.encoders import PIECES
from models.training.ngram_training import Trained

if TYPE_CHECKING:
    from models.lab.wide_and_deep_training import Trained as Student


def network_card(trained: Trained) -> str:
    """Markdown."""
    artifact, figures = trained.artifact, trained.validation
    training = artifact.training
    settings = training["settings"]
    length = artifact.encoder.config["length"]
    units, taught = (
        ("word pieces", _pretrained(settings)) if artifact.encoder.kind == PIECES else ("words", "")
    )
    added = (
        f"\nTo these it added by {', '.join(training['augmentation'])}."
        if "augmentation" in training
        else ""
    )
    return f"""# {artifact.name} {artifact.version}

**What it does.** Judges whether an English review is positive or negative: P(positive), calibrated.
It answers nothing else; "neutral" is not among its answers.

**How.** The network `{artifact.network.kind}` on the first and last of at most {length} {units},
out of a vocabulary of {artifact.network.config["vocabulary"]:,}; weights in 16 bits;
Platt-calibrated on reviews held out.{taught}

**Made from.** `{training["data"]}` ({training["reviews"]} labelled reviews), SHA-256
`{training["data_sha256"]}`, seed {settings["seed"]}, best of {training["epochs"]} epochs: number
{training["best_epoch"]}.{added}

**How good.** On the tenth of the reviews that it was not trained on, but that decided when to stop:
accuracy {figures.accuracy:.4f}, macro F1 {figures.f1:.4f}, AUC {figures.auc or 0:.4f}, expected
calibration error {figures.ece:.4f}, Brier score {figures.brier:.4f}.

**Limits.** Knows reviews of the kind it was trained on; what stands in the middle of a long one it
does not read. Words that are not in its vocabulary are all one to it, names and places above all:
they are masked before it sees a text.
"""


def student_card(trained: Student) -> str:
    """Markdown, of a wide and deep network."""
    artifact = trained.artifact
    training, network = artifact.training, artifact.network.config
    digests = "\n".join(
        f"- `{name}`, SHA-256 `{digest}`"
        for name, digest in zip(training["data"], training["data_sha256"], strict=True)
    )
    rows = "\n".join(
        (
            f"| {name} | {figures.reviews:,} | {figures.accuracy:.4f} | {figures.f1:.4f} | "
            f"{figures.ece:.4f} |"
        )
        for name, figures in trained.validation.items()
    )
    taught = (
        f", which also learnt from what a pretrained encoder said of {training['soft_labels']:,} "
        "texts"
    ) * bool(training["soft_labels"])
    return f"""# {artifact.name} {artifact.version}

**What it does.** Judges whether a review, or a sentence of one, is positive or negative:
P(positive), calibrated. It answers nothing else; "neutral" is not among its answers. Language:
{", ".join(artifact.languages)}.

**How.** 1- to {artifact.encoder.config["ngrams"]}-grams of words (of characters, where a language
is written without spaces) hashed into {2 ** artifact.encoder.config["bits"]:,} ids, of which
{network["size"] - 1:,} have weights for {network["experts"]} experts, beside convolutions over the
first and last of at most {artifact.encoder.config["length"]} words{taught}. How much each expert
counts depends on the length of the text. Platt-calibrated. Large tables in 8 bits, the rest in 16.

**Made from** {training["reviews"]:,} labelled reviews, seed {training["settings"]["seed"]}:

{digests}

**How good.** On the fifth of the reviews that the networks which it was weighed with had not seen:

| file | reviews | accuracy | macro F1 | ECE |
|---|---|---|---|---|
{rows}

**Limits.** Knows reviews of the kind it was trained on. On tweets and on other goods it is worse.
Irony mostly escapes it. What stands in the middle of a long review only the n-grams see. Names and
places are masked before it sees a text, and placeholders carry no weight.
"""


def _pretrained(settings: Mapping[str, Any]) -> str:
    of = (
        f"at most {settings['examples']:,} of the reviews"
        if settings["examples"]
        else "the reviews"
    )
    if settings["frozen"]:
        return (
            "\nThe encoder is as it was pretrained; only the weights of the last layer were "
            f"learnt, from {of}."
        )
    return f"\nThe encoder was pretrained by others; all its weights were then trained on {of}."
