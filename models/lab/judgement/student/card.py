"""The student's model card."""

from __future__ import annotations

from models.artifact.artifact import Artifact
from models.lab.judgement.sources import SOURCES

HEAD = """# {name} {version}

**What it does.** Judges a review, or a sentence of one, of any product: P(negative), P(neutral),
P(positive), calibrated. Languages: {languages}. Texts of any other language are judged by word
pieces alone, less surely.

**How.** Two sides. Wide: 2- to 5-grams of characters, 1- to 3-grams of words and pairs of words,
hashed with the language into {features:,} weights for each class. Deep: a convolution of {filters}
filters over word pieces of all languages in common, whose vectors began as those of
multilingual-e5-small (MIT), then two layers. N-grams of characters and of words are summed apart.
Both sides were taught by the labels below and by what a fine-tuned multilingual encoder, which had
not seen a text, said of it. Their weights depend on the length of the text; each language's factors
and biases of the classes and its sharpness come from development texts that train nothing else.
Norwegian and Marathi, which have no training texts, are judged with the n-grams of Danish and
Hindi.

**How good.** See `bench/judgement.md`.

**Limits.** Irony mostly escapes it. Neutral labels made of three stars are weak. A text of which
less than {least:.0%} is in known words is said to be neutral, with low confidence. Of a long text
the deep side reads the beginning and the end.

**Made from** {texts:,} texts: training texts by the split of
`models/lab/judgement/corpus_split.py`, sentences from templates (`written`), and copies in which
nationalities, religions, genders, names, places and prices are exchanged. No set that is licensed
for non-commercial use alone; *unstated*: the publisher says nothing.

| set | what | licence | training texts |
|---|---|---|---|
"""


def card(artifact: Artifact) -> str:
    """In Markdown, with every set that trained it."""
    from models.student.model import LEAST

    training = artifact.training
    head = HEAD.format(
        name=artifact.name,
        version=artifact.version,
        languages=", ".join(artifact.languages),
        features=len(artifact.arrays["wide/table"]),
        filters=artifact.network.config["filters"],
        least=LEAST,
        texts=training["texts"],
    )
    rows = []
    for name, count in training["sets"].items():
        source = SOURCES.get(name)
        what, licence = (
            (source.origin, source.licence)
            if source
            else ("sentences from templates", "as this repository")
        )
        rows.append(f"| `{name}` | {what} | {licence} | {count:,} |")
    return head + "\n".join(rows) + "\n"
