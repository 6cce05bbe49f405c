"""The record of a run: a table for the terminal and the repository, and the same as JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.chaos.run import Outcome
from tests.chaos.world import World


def document(world: World, outcome: Outcome, settings: dict[str, Any]) -> dict[str, Any]:
    """Everything, as JSON can hold it."""
    delays = world.ledger.delays()
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        "settings": settings,
        "seconds": outcome.seconds,
        "holds": outcome.holds,
        "reviews": len(world.ledger.sent),
        "poison": {
            "taken": len(world.ledger.poisons),
            "refused_by_the_brokers": sorted(set(world.ledger.refused)),
        },
        "dead_letters": len(world.ledger.dead()),
        "scored_again": outcome.repeats,
        "seconds_from_sent_to_scored": {
            name: round(delays[min(len(delays) - 1, int(share * len(delays)))], 2)
            if delays
            else None
            for name, share in shares.items()
        },
        "checks": [asdict(check) for check in outcome.checks],
        "faults": [
            {key: value for key, value in asdict(record).items() if key not in {"began", "until"}}
            for record in outcome.records
        ],
        "exits": [asdict(end) | {"expected": end.expected} for end in world.supervisor.exits],
        "notes": world.notes,
    }


def markdown(report: dict[str, Any]) -> str:
    """The same for people: one row for each kind of fault, with the worst of its rounds."""
    delay = report["seconds_from_sent_to_scored"]
    lines = [
        "# Chaos on three Kafka brokers",
        "",
        f"{report['reviews']:,} reviews in {report['seconds']:,} s, {len(report['faults'])} "
        f"faults, {report['poison']['taken']} poisonous records, {report['dead_letters']} dead "
        f"letters, {report['scored_again']} scored again. From sent to scored, seconds: p50 "
        f"{delay['p50']}, p95 {delay['p95']}, p99 {delay['p99']}, longest {delay['max']}. By `make "
        "chaos`.",
        "",
        *_table("check", "holds", "figure"),
        *(
            f"| {check['name']} | {'yes' if check['holds'] else '**no**'} | {check['figure']} |"
            for check in report["checks"]
        ),
        "",
        *_table(
            "fault",
            "times",
            "mended after, s",
            "longest gap in scored output, s",
            "longest delay, s",
            "exits not caused",
        ),
    ]
    by_fault: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fault in report["faults"]:
        by_fault[fault["fault"]].append(fault)
    for name, made in by_fault.items():
        worst = {key: max(one[key] for one in made) for key in ("took_s", "gap_s", "delay_s")}
        ended = sum(one["exits"] for one in made)
        lines.append(
            f"| {name} | {len(made)} | {worst['took_s']} | {worst['gap_s']} | {worst['delay_s']} | "
            f"{ended} |"
        )
    unexpected = [end for end in report["exits"] if not end["expected"]]
    if unexpected:
        lines += ["", *_table("exit not caused", "at, s", "status", "last severe line")]
        lines += [
            f"| {end['process']} | {end['at_s']} | {end['status']} | {_cell(end['said'])} |"
            for end in unexpected
        ]
    if report["notes"]:
        lines += ["", *(f"- {note}" for note in report["notes"])]
    return "\n".join(lines) + "\n"


def write(report: dict[str, Any], base: Path) -> None:
    """Both files."""
    base.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    base.with_suffix(".md").write_text(markdown(report))


def _table(*columns: str) -> list[str]:
    return [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")[:160]
