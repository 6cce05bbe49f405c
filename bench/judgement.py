"""The student on held-out texts by set and language, beside the simple baseline:
bench/judgement.md.

    python -m bench.judgement CACHE

``CACHE`` is the folder of ``models.lab.judgement.student.make``; bench/judgement_baseline.json and
bench/judgement_left_out.json are what ``…student.baseline`` and ``…student.leave_out`` wrote.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import judgement_behaviour, judgement_plot, judgement_rate
from models.lab.judgement.student import measuring, prepared
from models.lab.judgement.student.baseline import PAIR
from models.lab.judgement.student.measuring import Measured
from models.lab.judgement.student.prepared import Prepared
from models.student.model import Student

FOLDER = Path(__file__).parent
BASELINE, LEFT_OUT, TABLE = (
    FOLDER / f"judgement{end}" for end in ("_baseline.json", "_left_out.json", ".md")
)
INTRODUCTION = """Made by `python -m bench.judgement CACHE`, on the held-out texts of the split (and
`imdb_test_a`), a set and language counting once. Baseline: n-grams of 2 to 5 characters and of 1 to
2 words under logistic regression, a model a language, trained on labels of the same texts, classes
balanced (`python -m models.lab.judgement.student.baseline`). Balanced: binary accuracy of negative
and positive. ECE: of the label's confidence, fifteen bins; of a hundred texts it is about 0.05 by
chance alone. Non-commercial sets only evaluate: the baseline has no model where these are all that
a language has (mr, no, ro)."""
Table = dict[tuple[str, str], Measured]
Pairs = Mapping[tuple[str, str], Mapping[str, Any]]
PLOT = FOLDER / "judgement_by_language.svg"


def judge(rows: Prepared, texts: Sequence[str], student: Student) -> Table:
    """Figures by set and language."""
    chosen = measuring.judged(rows)
    which = np.flatnonzero(chosen)
    languages = [rows.names["languages"][number] for number in rows.languages[which]]
    found = student.probabilities([texts[at] for at in which.tolist()], languages)
    logs = np.zeros((len(rows.label), 3), np.float32)
    logs[which] = np.log(np.maximum(found, 1e-9))
    return measuring.by_set(rows, logs, chosen)


def document(
    student: Student,
    found: Table,
    simple: Mapping[str, Any],
    left_out: Mapping[str, Any],
    more: Sequence[str],
) -> str:
    """The page. ``more``: lines of other sections."""
    pairs = of_pairs(found, simple)
    gains = [one.macro_f1 - pairs[pair]["macro_f1"] for pair, one in found.items()]
    ours = _means([vars_of(one) for one in found.values()])
    theirs = _means(list(pairs.values()))
    lines = [
        f"# Judgement in three classes: {student.name} {student.version}",
        "",
        INTRODUCTION,
        "",
        "| | macro-F1 | balanced | accuracy | ECE |",
        "|---|---|---|---|---|",
        f"| student, mean of {len(found)} pairs | {ours} |",
        f"| baseline | {theirs} |",
        "",
        (
            f"Macro-F1 above the baseline's on {np.mean(np.array(gains) > 0):.0%} of the pairs, "
            f"{np.mean(gains):+.3f} in the mean."
        ),
        (
            f"Largest ECE {max(one.ece for one in found.values()):.3f}; weighted by texts, "
            f"{_by_texts(found):.3f} in the mean."
        ),
        "",
        *_by_language(found, pairs),
        *_left_out(left_out),
        *more,
        "## By set",
        "",
        "| set | language | texts | macro-F1 | baseline | balanced | baseline | accuracy | ECE |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for pair, one in found.items():
        base = pairs[pair]
        lines.append(
            f"| `{pair[0]}` | {pair[1]} | {one.texts:,} | {one.macro_f1:.3f} | "
            f"{base['macro_f1']:.3f} | {one.balanced:.3f} |"
            f" {_value(base, 'balanced'):.3f} | {one.accuracy:.3f} | {one.ece:.3f} |"
        )
    return "\n".join([*lines, ""])


def of_pairs(found: Table, simple: Mapping[str, Any]) -> Pairs:
    """The baseline's figures of the same sets and languages, named as in ``Measured``."""
    known = {part["name"]: part for part in simple["by"][PAIR]}
    rows = {pair: known["/".join(pair)] for pair in found}
    return {pair: row | {"macro_f1": row["f1"]} for pair, row in rows.items()}


def vars_of(one: Measured) -> dict[str, float]:
    """By name."""
    return {name: getattr(one, name) for name in Measured.__slots__}


def _means(rows: Sequence[Mapping[str, Any]]) -> str:
    return " | ".join(
        f"{np.nanmean(np.array([row[name] for row in rows], np.float64)):.4f}"
        for name in ("macro_f1", "balanced", "accuracy", "ece")
    )


def _by_texts(found: Table) -> float:
    """The mean ECE in which a set counts by its texts: of small sets most of it is chance."""
    return float(
        np.average(
            [one.ece for one in found.values()], weights=[one.texts for one in found.values()]
        )
    )


def by_language(found: Table, pairs: Pairs) -> dict[str, tuple[int, list[float]]]:
    """Sets of a language, and means over them: macro-F1 of student and baseline, then balanced
    accuracy.
    """
    table = {}
    for language in sorted({language for _, language in found}):
        mine = [pair for pair in found if pair[1] == language]
        table[language] = (
            len(mine),
            [
                float(np.nanmean([_value(row[pair], name) for pair in mine]))
                for name in ("macro_f1", "balanced")
                for row in (found, pairs)
            ],
        )
    return table


def _value(row: Measured | Mapping[str, Any], name: str) -> float:
    value = getattr(row, name) if isinstance(row, Measured) else row[name]
    return float("nan") if value is None else float(value)


def _by_language(found: Table, pairs: Pairs) -> list[str]:
    lines = [
        "## By language",
        "",
        f"![Macro-F1 of student and baseline by language]({PLOT.name})",
        "",
        "| language | sets | macro-F1 | baseline | balanced | baseline |",
        "|---|---|---|---|---|---|",
    ]
    for language, (sets, figures) in by_language(found, pairs).items():
        lines.append(
            f"| {language} | {sets} | " + " | ".join(f"{value:.3f}" for value in figures) + " |"
        )
    return [*lines, ""]


def _left_out(left_out: Mapping[str, Any]) -> list[str]:
    if not left_out:
        return []
    lines = [
        "## Domains left out of training, English",
        "",
        "`python -m models.lab.judgement.student.leave_out CACHE bench/judgement_left_out.json`, "
        f"made beside version {left_out['beside']}.",
        "",
        "| left out | texts | macro-F1 | baseline | balanced | baseline | ECE |",
        "|---|---|---|---|---|---|---|",
    ]
    for domain, both in left_out["domains"].items():
        one, base = both["student"], both["baseline"]
        lines.append(
            f"| {domain} | {one['texts']:,} | {one['macro_f1']:.3f} | {base['macro_f1']:.3f} | "
            f"{one['balanced']:.3f} | {base['balanced']:.3f} | {one['ece']:.3f} |"
        )
    return [*lines, ""]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cache", type=Path, metavar="CACHE")
    given = parser.parse_args()
    student = Student.load()
    rows, texts = prepared.load(given.cache), prepared.texts_of(given.cache)
    found = judge(rows, texts, student)
    more = [
        *judgement_behaviour.section(student),
        *judgement_rate.section(judgement_rate.rates(student, rows, texts)),
    ]
    simple = json.loads(BASELINE.read_text(encoding="utf8"))
    left_out = json.loads(LEFT_OUT.read_text(encoding="utf8")) if LEFT_OUT.is_file() else {}
    shown = {
        language: (figures[0], figures[1])
        for language, (_, figures) in by_language(found, of_pairs(found, simple)).items()
    }
    judgement_plot.draw(shown, PLOT)
    TABLE.write_text(document(student, found, simple, left_out, more), encoding="utf8")


if __name__ == "__main__":
    main()
