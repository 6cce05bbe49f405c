"""Report folder of a comparison: report.md, results.json and the plots."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Final

import numpy as np

from models.evaluation.classification_metrics import BINS
from models.evaluation.comparison import Comparison, as_document
from models.evaluation.cost import BATCH, SINGLES
from models.evaluation.report.tables import markdown, tables
from models.evaluation.significance import FEW_DISCORDANT, RESAMPLES
from models.evaluation.slices import SHORT
from schemas.errors import InputError

REPORT: Final = "report.md"
RESULTS: Final = "results.json"
LIBRARIES: Final = (
    "numpy", "scipy", "scikit-learn", "matplotlib", "keras", "tensorflow", "onnxruntime",
    "vadersentiment", "textblob",
)  # fmt: skip


def write(comparison: Comparison, folder: Path) -> None:
    """Write the folder; what is in it of another name stays. The same scores and costs give the
    same bytes.

    Raises ``InputError`` naming a folder that cannot be written.
    """
    from models.evaluation.report.plots import draw  # a second to import

    libraries = versions()
    document = as_document(comparison) | {"libraries": libraries}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plots = draw(comparison, folder)
        (folder / REPORT).write_text(report(comparison, plots, libraries), encoding="utf8")
        (folder / RESULTS).write_text(json.dumps(document, indent=2) + "\n", encoding="utf8")
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror or type(error).__name__}") from error


def report(comparison: Comparison, plots: dict[str, str], libraries: dict[str, str]) -> str:
    """Markdown. ``plots``: file name → caption."""
    parts = [f"# {len(comparison.models)} models on {len(comparison.files)} files\n"]
    parts += [f"## {table.title}\n\n{markdown(table)}" for table in tables(comparison)]
    parts.append("## Plots\n")
    parts += [f"{caption}\n\n![{caption}]({name})\n" for name, caption in plots.items()]
    parts.append("## Data\n\n| file | reviews | positive | SHA-256 |\n| --- | ---: | ---: | --- |")
    parts += [
        f"| {f.name} | {len(f.texts)} | {int(np.sum(f.positive))} | `{f.sha256}` |"
        for f in comparison.files
    ]
    parts.append(f"\n## How to read it\n\n{_notes(comparison.seed)}")
    parts.append(
        "## Made with\n\n"
        + ", ".join(f"{name} {version}" for name, version in libraries.items())
        + "\n"
    )
    return "\n".join(parts)


def versions() -> dict[str, str]:
    """Python and those of ``LIBRARIES`` that are installed."""
    found = {"Python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found


def _notes(seed: int) -> str:
    return f"""\
- Texts are cleaned as in the stream, and not masked. Neutral reviews are left out. A score of 0.5
  or more counts as positive.
- A file that a model was trained on says nothing of that model; such rows are marked.
- Intervals hold with 95% confidence: percentiles of {RESAMPLES} bootstrap resamples, seed {seed};
  by length and language, where there may be few reviews, Wilson's.
- ECE is over {BINS} equal bins of confidence. Lexicons give polarities, not probabilities: their
  ECE and Brier score only show what happens to who takes one for the other.
- McNemar's test is exact (binomial) where fewer than {FEW_DISCORDANT} reviews tell two models
  apart, else chi-squared with continuity correction. The p values are not corrected for the number
  of pairs.
- A text of up to {SHORT} words is short; a Chinese or Japanese character counts as a word.
- µs/review: the median batch of {BATCH}, tokenisation included, cleaning not. Processor µs: the
  same in processor time; more than µs/review means that several cores worked, less that others kept
  the machine busy, or that a server or GPU did the work. One review, ms: the median of the first
  {SINGLES} of the file alone, after a warm-up. Times are of one machine: compare ratios.
- MB: the model's folder, or a lexicon's package, on disk.
"""
