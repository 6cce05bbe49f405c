"""``undertone evaluate FOLDER --aspects``: aspect terms and their polarities on marked reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from schemas.errors import InputError

CHUNK: Final = 1024
SHOWN: Final = {"exact": "F1", "overlap": "overlap", "accuracy": "accuracy", "macro_f1": "macro-F1"}
THEIRS: Final = ("accuracy", "macro_f1")
"""The figures that the other model is compared by."""


def evaluate_aspects(
    folder: Path, model: str | None, *, as_json: bool, against: Path | None = None
) -> None:
    """Print figures by set and language. ``against``: figures of another model, as JSON of this
    command, to show beside them. Raises ``InputError``.
    """
    stored = _stored(against) if against else None
    figures = figures_of(folder, Path(model) if model else None)
    if stored:
        figures = {**figures, "by": _beside(figures["by"], stored), "against": stored["model"]}
    if as_json:
        typer.echo(orjson.dumps(figures))
        return
    console = Console()
    for name, parts in figures["by"].items():
        title = f"{figures['model']} on {folder.name}, by {name}"
        title += f"; against {stored['model']}" if stored else ""
        console.print(_table(title, [*parts, {"name": "mean", **figures["mean"]}], bool(stored)))
    console.print(
        "F1: both ends of a term right; overlap: a character in common; accuracy and macro-F1: "
        "polarities of the marked terms"
    )


def figures_of(folder: Path, model: Path | None) -> dict[str, Any]:
    """All figures, for JSON."""
    from models.aspects.terms import SHIPPED, TermTagger
    from models.evaluation.aspect_terms import Tally
    from models.evaluation.by_aspect_set import document
    from models.training import labelled_sets

    tagger, paths = TermTagger.load(model or SHIPPED), labelled_sets.files(folder)
    tallies: dict[str, Tally] = {}
    languages: dict[str, str] = {}
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("judging", total=len(paths))
        for path in paths:
            progress.update(task, description=path.name)
            texts, gold, codes = _read(path)
            name = path.name.split(".")[0]
            tally, languages[name] = Tally(), max(set(codes), key=codes.count)
            for start in range(0, len(texts), CHUNK):
                these = slice(start, start + CHUNK)
                found = tagger(texts[these], codes[these])
                spans = [[term.span for term in terms] for terms in gold[these]]
                said = tagger.judge(texts[these], codes[these], spans)
                for marked, terms, judged in zip(gold[these], found, said, strict=True):
                    labels = [max(range(3), key=one.__getitem__) for one in judged]
                    tally.add(marked, [(term.start, term.end) for term in terms], labels)
            tallies[name] = tally
            progress.advance(task)
    return document(f"{tagger.name} {tagger.version}", tallies, languages)


def _read(path: Path) -> tuple[list[str], list[Any], list[str]]:
    """Texts, their marked terms and languages. Raises ``InputError``."""
    from models.evaluation.aspect_terms import gold_terms
    from models.training import datasets
    from models.training.labelled_sets import LANGUAGE, first

    texts, gold, codes = [], [], []
    for number, row in datasets.cells(path):
        if not {"text", "aspects"} <= row.keys():
            raise InputError(f"{path}: has no columns text and aspects")
        try:
            gold.append(gold_terms(row["text"], row["aspects"]))
        except InputError as error:
            raise InputError(f"{path}, row {number}: {error}") from None
        texts.append(row["text"])
        codes.append(first(row, LANGUAGE))
    if not texts:
        raise InputError(f"{path}: no reviews")
    return texts, gold, codes


def _stored(path: Path) -> dict[str, Any]:
    """Figures of another model. Raises ``InputError``."""
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        for part in found["by"]["set"]:
            if not {"name", "judged", *SHOWN} <= part.keys():
                raise KeyError("figures")
        str(found["model"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: not figures that `undertone evaluate FOLDER --aspects --json` wrote"
        ) from error
    return found


def _beside(by: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Sets of as many judged terms, with the other model's figures ``against``."""
    known = {part["name"]: part for part in stored["by"]["set"]}
    sets = []
    for part in by["set"]:
        other = known.get(part["name"])
        same = other is not None and other["judged"] == part["judged"]
        sets.append(
            {**part, "against": {key: other[key] for key in THEIRS}} if same and other else part
        )
    return {**by, "set": sets}


def _table(title: str, parts: Sequence[Mapping[str, Any]], against: bool) -> Table:
    from models.evaluation.by_aspect_set import figure

    table = Table(title=title)
    table.add_column("", overflow="fold")
    names = ["texts", "terms", *SHOWN.values()]
    names += [f"{SHOWN[key]} there" for key in THEIRS] if against else []
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for part in parts:
        cells = [_figure(figure(part, key)) for key in SHOWN]
        if against:
            cells += [
                _figure(part["against"][key] if "against" in part else None) for key in THEIRS
            ]
        table.add_row(part["name"], f"{part['texts']:,}", f"{part['terms']:,}", *cells)
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
