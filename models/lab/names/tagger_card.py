"""Model card of the tagger. https://arxiv.org/abs/1810.03993"""

from __future__ import annotations

from collections.abc import Sequence

from models.artifact.artifact import Artifact


def card(model: Artifact, files: Sequence[str]) -> str:
    """Markdown."""
    training = model.training
    settings, dev = training["settings"]["fitting"], training["dev"]
    figures = "; ".join(
        (
            f"{kind} F1 {one['f1']:.3f} (found {one['hit']:,} of {one['there']:,}, "
            f"{one['right']:,} of {one['found']:,} spans right)"
        )
        for kind, one in dev.items()
    )
    begun = (
        (
            f" Training went on from {training['begun']}, of whose weights "
            f"{training['settings']['keeps']:.0%} stayed."
        )
        if training.get("begun")
        else ""
    )
    note = f"\n{training['note']}\n" if "note" in training else ""
    return f"""# {model.name} {model.version}

**What it does.** Finds the words of an English text that name a person (PERSON) or a place, a
street address above all (LOCATION), so that they can be masked. It knows no other kinds, and does
not tell who or where that is.

**How.** A word, its style (capitals, initials) and the groups of three and four of its letters have
vectors of {settings["size"]} numbers, {2 ** settings["bits"]:,} in all; those of a word and of four
on each side go through {settings["hidden"]} hidden units. Only words that may be part of a name are
judged: capitalised, rare, or near a phrase that announces one. Weights in 8 bits.

**Made from.** {training["labelled"]:,} texts of {", ".join(files)} as spaCy labels them, where the
models that were asked agree, corrected by lists of names and of things, and
{training["written_sentences"]:,} sentences written into them, with names and addresses of Faker's
lists of sixty countries. Words of {training["texts"]:,} texts tell what is common. Seed
{settings["seed"]}, epochs: {settings["epochs"]}.{begun} A span whose words are all among
{training.get("things", 0):,} known brands, things and common words is no person.
{note}
**How good.** On texts, sentences and names that it was not trained on, but by which the thresholds
were chosen: {figures}. For figures on other names beside spaCy's, see `bench/masking_quality.md`.

**Limits.** English sentences; names in Latin letters foremost. Public figures and characters are
people to it as well. A name that is also a common word, written small, is often missed, and so is a
city that is called like a person.
"""
