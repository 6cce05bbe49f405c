"""``undertone evaluate FOLDER``: quality of a model on many sets of labelled reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from infra.files import FileOptions
from infra.settings import Settings
from schemas.errors import InputError

if TYPE_CHECKING:
    from models.inference.classifier import Classifier

CHUNK = 1024
COMPARED: Final = ("accuracy", "f1", "balanced", "ece")
SHOWN: Final = {"f1": "F1 there", "balanced": "balanced there", "ece": "ECE there"}


def evaluate_folder(
    folder: Path,
    classifier: Classifier,
    settings: Settings,
    options: FileOptions,
    *,
    as_json: bool,
    against: Path | None = None,
) -> None:
    """Print figures by set and, over all sets, by language, domain, length and source of labels.
    ``against``: figures of another model, as JSON of this command, to show beside them. Raises
    ``InputError``.
    """
    stored = _stored(against) if against else None
    figures = figures_of(folder, classifier, settings, options)
    if stored:
        figures |= _beside(figures, stored)
    if as_json:
        typer.echo(orjson.dumps(figures, option=orjson.OPT_SERIALIZE_NUMPY))
        return
    console = Console()
    for name, parts in figures["by"].items():
        if name == "set" or len(parts) > 1:
            title = f"{figures['model']} on {folder.name}, by {name}"
            title += f"; against {stored['model']}" if stored else ""
            means = figures["mean"] if name == "set" else None
            console.print(_table(title, parts, means, against=bool(stored)))
    console.print(
        f"{figures['reviews']:,} reviews, {figures['unlabelled']:,} without a label left out; "
        "±: half of the 95% interval"
    )
    if stored:
        console.print(_compared(figures))


def figures_of(
    folder: Path, classifier: Classifier, settings: Settings, options: FileOptions
) -> dict[str, Any]:
    """All figures, for JSON."""
    from models.evaluation.by_part import LENGTH, SET, document, length_name
    from models.labels import Judgement
    from models.text.cleaning import clean
    from models.training import labelled_sets
    from streams.composition import expected_languages, identified

    expected = expected_languages(settings.language, [classifier])
    paths = labelled_sets.files(folder)
    parts, labels, unlabelled = [], [], 0
    names: dict[str, list[str]] = {
        key: [] for key in (SET, "language", "domain", LENGTH, "label source")
    }
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("judging", total=len(paths))
        for path in paths:
            progress.update(task, description=path.name)
            data = labelled_sets.read(path, options)
            texts = [clean(text) for text in data.texts]
            untold = [text for text, code in zip(texts, data.languages, strict=True) if not code]
            told = iter(identified(untold, settings, expected))
            codes = [code or next(told) for code in data.languages]
            parts += [
                classifier.judge(texts[at : at + CHUNK], codes[at : at + CHUNK])
                for at in range(0, len(texts), CHUNK)
            ]
            labels += data.labels
            unlabelled += data.unlabelled
            names[SET] += [data.name] * len(texts)
            names["language"] += codes
            names["domain"] += [domain or "not said" for domain in data.domains]
            names[LENGTH] += map(length_name, texts)
            names["label source"] += data.sources
            progress.advance(task)
    model = f"{classifier.name} {classifier.version}"
    return document(model, names, Judgement.joined(parts), labels) | {"unlabelled": unlabelled}


def _stored(path: Path) -> dict[str, Any]:
    """Figures of another model. Raises ``InputError``."""
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        for parts in found["by"].values():
            for part in parts:
                if not {"name", "reviews", *COMPARED} <= part.keys():
                    raise KeyError("figures")
        str(found["model"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: not figures that `undertone evaluate FOLDER --json` wrote"
        ) from error
    return found


def _beside(figures: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The same figures; each part that ``stored`` has, of as many reviews, with the other model's
    ``against``, and the mean differences over such sets. Parts of other numbers of reviews are of
    other texts.
    """
    by, others = {}, 0
    for way, parts in figures["by"].items():
        known = {part["name"]: part for part in stored["by"].get(way, ())}
        by[way] = [_joined(part, known.get(part["name"])) for part in parts]
        if way == "set":
            others = sum(part["name"] in known and "against" not in part for part in by[way])
    shared = [part for part in by["set"] if "against" in part]
    gains = {}
    for key in COMPARED:
        found = [_difference(part, key) for part in shared]
        differences = [value for value in found if value is not None]
        gains[key] = sum(differences) / len(differences) if differences else None
    told = {"model": stored["model"], "sets": len(shared), "other_texts": others, "gain": gains}
    return {"by": by, "against": told}


def _joined(part: Mapping[str, Any], other: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if other is None or other["reviews"] != part["reviews"]:
        return part
    return {**part, "against": {key: other[key] for key in COMPARED}}


def _difference(part: Mapping[str, Any], key: str) -> float | None:
    """By how much this model's figure is higher; None where one of them has none."""
    ours, theirs = part[key], part["against"][key]
    return None if ours is None or theirs is None else float(ours - theirs)


def _compared(figures: Mapping[str, Any]) -> str:
    """For people: over how many sets it is how much better."""
    against = figures["against"]
    shared = [part for part in figures["by"]["set"] if "against" in part]
    told = "no set to compare with"
    if shared:
        higher = sum((_difference(part, "f1") or 0) > 0 for part in shared)
        told = (
            f"macro-F1 {against['gain']['f1']:+.3f} in the mean of {len(shared)} sets, higher on "
            f"{higher} of them"
        )
    if against["other_texts"]:
        told += f"; not compared, as their numbers of reviews differ: {against['other_texts']} sets"
    return told


def _table(
    title: str,
    parts: Sequence[Mapping[str, Any]],
    means: Mapping[str, float] | None,
    *,
    against: bool,
) -> Table:
    table = Table(title=title)
    table.add_column("", overflow="fold")
    names = ["reviews", "macro-F1", "accuracy", "balanced", "ECE"]
    if against:
        names += [heading for name in SHOWN.values() for heading in (name, "Δ")]
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for part in parts:
        table.add_row(
            part["name"],
            f"{part['reviews']:,}",
            _give_or_take(part["f1"], part["f1_interval"]),
            _give_or_take(part["accuracy"], part["accuracy_interval"]),
            _figure(part["balanced"]),
            f"{part['ece']:.3f}",
            *(_other(part) if against else ()),
        )
    if means is not None and len(parts) > 1:
        table.add_section()
        f1, accuracy, balanced, ece = (
            f"{means[name]:.3f}" if name in means else ""
            for name in ("f1", "accuracy", "balanced", "ece")
        )
        table.add_row("mean", "", f1, accuracy, balanced, ece)
    return table


def _other(part: Mapping[str, Any]) -> list[str]:
    """The cells of the other model: each figure and the difference."""
    if "against" not in part:
        return []
    cells = []
    for key in SHOWN:
        difference = _difference(part, key)
        cells += [
            _figure(part["against"][key]),
            "" if difference is None else f"{difference:+.3f}",
        ]
    return cells


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _give_or_take(value: float, interval: Mapping[str, float]) -> str:
    return f"{value:.3f} ± {(interval['high'] - interval['low']) / 2:.3f}"
