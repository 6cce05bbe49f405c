"""Model card of a trained model. https://arxiv.org/abs/1810.03993"""

from __future__ import annotations

from models.training.ngram_training import Trained


def model_card(trained: Trained) -> str:
    """Markdown."""
    artifact, figures = trained.artifact, trained.validation
    training, encoder = artifact.training, artifact.encoder.config
    seed = training["settings"]["seed"]
    return f"""# {artifact.name} {artifact.version}

**What it does.** Judges whether an English review is positive or negative: P(positive), calibrated.
It answers nothing else; "neutral" is not among its answers.

**How.** Word 1- to {encoder["ngrams"]}-grams hashed into 2^{encoder["bits"]} ids, one weight each
(8 bits on disk), summed. Logistic regression on features scaled by naive Bayes log-count ratios
(Wang & Manning 2012), Platt-calibrated on out-of-fold logits.

**Made from.** `{training["data"]}` ({training["reviews"]} labelled reviews), SHA-256
`{training["data_sha256"]}`, seed {seed}. `undertone train {training["data"]} --out FOLDER --seed
{seed}` makes the same bytes again.

**How good.** On reviews it was not trained on ({training["settings"]["folds"]}-fold): accuracy
{figures.accuracy:.4f}, macro F1 {figures.f1:.4f}, AUC {figures.auc or 0:.4f}, expected calibration
error {figures.ece:.4f}, Brier score {figures.brier:.4f}.

**Limits.** Knows long reviews in English of the kind it was trained on. On single sentences, on
tweets and on other goods it is much worse: linear n-gram models of IMDB reviews reach about 70% on
movie sentences and 60% on tweets. Irony escapes it. Names and places are masked before it sees a
text, and placeholders carry no weight.
"""
