"""The model card of the tagger of aspect terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.artifact.artifact import Artifact
from models.aspects.terms import TermTagger
from models.evaluation.by_aspect_set import figure
from models.lab.aspects import measuring
from models.lab.aspects.corpus import WHOLE, AspectText, Say
from models.lab.aspects.prepared import HELD_OUT, Prepared
from models.lab.judgement.sources import SOURCES
from models.student.model import Student

HEAD = """# {name} {version}

**What it does.** Finds the aspect terms of a review (battery life, waiters, pizza) and says of each
how it is judged: P(negative), P(neutral), P(positive). Languages: {languages}. In others it relies
on word pieces alone; they were not measured.

**How.** Units are words, in scripts without spaces word pieces. A unit is the mean of the vectors
of its pieces, which began as the judge's, beside those of the word, its beginning, its end and its
shape; words began as principal directions of the words beside them. Convolutions over units give
tags, of which the likeliest row is taken (CRF); four heads look around a term for its polarity.
What the judge of whole reviews says of the text and of the phrase around the term is weighed in.
Sets do not agree on what a term is, so each has a style of its own in training. What is shipped
speaks the style of `{style}` in every language, whatever the text; development texts chose it, and
the weights of the judge.

**How good.** On held-out texts, below. F1 counts a term where both ends are right, overlap where it
shares a character; accuracy and macro-F1 are of the polarities of the marked terms. Pronouns count
as no terms. SemEval-14 figures are of a part of its training file, not of its test file.

**Limits.** What is meant but not named has no term. Compared products, irony and wishes are often
misjudged, neutral terms most. Of a text the first 1,024 units are read. In languages that only
M-ABSA teaches, training texts are machine translations, whose terms stand between spaces even in
Chinese, Japanese and Thai: spaces are passed over there.

**Made from** training texts by the split of `models/lab/judgement/corpus_split.py`. No set that is
licensed for non-commercial use alone; *unstated*: the publisher says nothing. Sets marked *label*
teach polarity alone, by the label of a short text.

| set | what | licence | training texts |
|---|---|---|---|
"""
TABLE = """
| set | language | texts | terms | F1 | overlap | accuracy | macro-F1 |
|---|---|---|---|---|---|---|---|
"""


def card(artifact: Artifact, texts: Sequence[AspectText], rows: Prepared, say: Say) -> str:
    """In Markdown, with every set that trained it, and figures on held-out texts."""
    head = HEAD.format(
        name=artifact.name,
        version=artifact.version,
        languages=", ".join(artifact.languages),
        style=artifact.training["style"],
    )
    lines = [
        f"| `{name}` | {SOURCES[name].origin}{', *label*' if name in WHOLE else ''} | "
        f"{SOURCES[name].licence} | {count:,} |"
        for name, count in artifact.training["sets"].items()
    ]
    found = measuring.figures(TermTagger.of(artifact, Student.load), texts, rows, HELD_OUT, say)
    return head + "\n".join(lines) + "\n" + TABLE + "\n".join(map(row, found["by"]["set"])) + "\n"


def row(part: Mapping[str, Any]) -> str:
    """Of a table."""
    cells = [f"`{part['name']}`", part["language"], f"{part['texts']:,}", f"{part['terms']:,}"]
    for name in ("exact", "overlap", "accuracy", "macro_f1"):
        value = figure(part, name)
        cells.append("" if value is None else f"{value:.3f}")
    return f"| {' | '.join(cells)} |"
