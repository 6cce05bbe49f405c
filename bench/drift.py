"""Benchmark of drift detectors: false alarms on windows without drift, and delay until another
domain is detected.

``python -m bench.drift imdb_test_a.csv.gz tweets.csv.gz`` writes ``drift.json`` and ``drift.md``
beside this file. Reviews are cleaned, masked by patterns and scored by the shipped model. Some,
drawn by lot, are the reference; windows are drawn with replacement from the others, and mixed with
tweets for the second table. Settings are the defaults.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from infra.settings import DriftSettings, Settings
from models.artifact.artifact import PRETRAINED
from models.artifact.calibration import Labels
from models.labels import NEGATIVE, POSITIVE
from models.registry.references import shipped
from models.text.cleaning import clean
from models.training import datasets
from retrain.drift.core.detection import FAMILIES, judge
from retrain.drift.core.report_rows import firing
from retrain.drift.core.samples import NOTHING, Judged, Rows, Sample, Window, sample, together
from retrain.drift.drift_component import detectors
from streams.composition import build_classifier, build_masker

SIZES = (100, 500, 2000)
SHARES = (0.1, 0.25, 0.5)
FEEDBACK = 0.5
"""Share of the reviews that somebody judges, in the window in which they are written."""
PATIENCE = 6
"""Windows with drift after which a stream that was not told of it is given up."""
SEGMENT = "language=en"
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Pool:
    """Reviews to draw from."""

    scored: Sample = field(repr=False)
    positive: Labels = field(repr=False)

    def take(self, rows: Rows) -> Pool:
        """Some of them."""
        return Pool(self.scored.take(rows), self.positive[rows])

    @property
    def judged(self) -> Judged:
        """What people say of them."""
        truth = np.where(self.positive, POSITIVE, NEGATIVE)
        return Judged.of(self.scored.probabilities, self.scored.labels, truth)


@dataclass
class Stream:
    """One stream of windows, judged one after another as the process does."""

    reference: Window
    settings: DriftSettings
    history: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    before: Judged = NOTHING
    detectors: list[str] = field(default_factory=list)

    def judge(self, pool: Pool, chance: Random) -> tuple[set[str], set[str]]:
        """The kinds that drifted, and those that fire."""
        known = chance.random(len(pool.positive)) < FEEDBACK
        judged = pool.take(known).judged
        window = Window(pool.scored, judged, self.before)
        findings = judge(
            {SEGMENT: (self.reference, window)}, detectors(self.settings), self.settings.alpha
        )
        fired = firing(
            findings, self.history, self.settings.needed_windows, self.settings.of_windows
        )
        drifted = {finding.report.kind for finding in findings if finding.drifted}
        self.detectors = [
            finding.report.detector.partition("/")[0] for finding in findings if finding.drifted
        ]
        for kind in FAMILIES:
            self.history[SEGMENT, kind].append(kind in drifted)
        most = self.settings.max_labels
        confidence, right = (
            np.concatenate([getattr(self.before, name), getattr(judged, name)])[-most:]
            for name in ("confidence", "right")
        )
        self.before = Judged(confidence, right)
        return set(drifted), {finding.report.kind for finding in fired}


def read(path: Path, most: int, seed: int) -> Pool:
    """Reviews of a file as the worker would have scored them, ``most`` of them, drawn by lot."""
    data, settings = datasets.read(path), Settings()
    chosen = np.random.default_rng(seed).permutation(len(data.texts))[:most]
    texts = [clean(data.texts[row]) for row in chosen]
    mask = build_masker(settings.privacy.model_copy(update={"level": "patterns"}))
    masked = [result.text for result in mask(texts)]
    english = settings.models.model_copy(update={"uri": shipped(PRETRAINED)})
    judgement = build_classifier(english, settings.scoring).judge(masked, ["en"] * len(masked))
    return Pool(sample(masked, judgement.by_label), data.positive[chosen])


def mixtures(
    reviews: Pool, tweets: Pool, size: int, share: float, chance: Random
) -> Iterator[Pool]:
    """Windows without end, drawn with replacement, with that share of tweets."""
    while True:
        others = round(size * share)
        first = reviews.take(chance.integers(0, len(reviews.positive), size - others))
        if not others:
            yield first
            continue
        second = tweets.take(chance.integers(0, len(tweets.positive), others))
        both = Pool(
            together(first.scored, second.scored), np.concatenate([first.positive, second.positive])
        )
        yield both.take(chance.permutation(size))


def without_drift(
    stream: Stream, windows: Iterator[Pool], number: int, chance: Random
) -> dict[str, object]:
    """One long stream: windows that seemed to have drifted, and that were told, by kind."""
    drifted: list[str] = []
    fired: list[str] = []
    told, detectors = 0, []
    for _ in track(range(number), "without drift"):
        seen, fires = stream.judge(next(windows), chance)
        drifted += seen
        fired += fires
        told += bool(fires)
        detectors += stream.detectors
    return {
        "windows": number,
        "false_alarms": {kind: drifted.count(kind) / number for kind in FAMILIES},
        "told": {kind: fired.count(kind) for kind in FAMILIES},
        "windows_told": told,
        "by_detector": {name: detectors.count(name) for name in sorted(set(detectors))},
    }


def with_drift(
    reference: Window,
    settings: DriftSettings,
    before: Iterator[Pool],
    after: Iterator[Pool],
    trials: int,
    chance: Random,
) -> dict[str, object]:
    """Many streams, each of two windows without drift and then some with: after how many it is
    told, by kind and at all.
    """
    delays: dict[str, list[int]] = defaultdict(list)
    for _ in track(range(trials), "with drift"):
        stream = Stream(reference, settings)
        for _ in range(2):
            stream.judge(next(before), chance)
        found: set[str] = set()
        for number in range(1, PATIENCE + 1):
            _, fires = stream.judge(next(after), chance)
            for kind in (*fires - found, *(["any"] if fires and "any" not in found else [])):
                delays[kind].append(number)
            found |= fires | ({"any"} if fires else set())
            if "any" in found and number >= 3:
                break
    return {
        "trials": trials,
        "within_3": {
            kind: sum(delay <= 3 for delay in delays[kind]) / trials for kind in ("any", *FAMILIES)
        },
        "detected": {"any": len(delays["any"]) / trials},
        "median_delay": statistics.median(delays["any"]) if delays["any"] else None,
    }


def measure(reviews: Pool, tweets: Pool, windows: int, trials: int, seed: int) -> dict[str, object]:
    """Both tables."""
    settings, chance = DriftSettings(), np.random.default_rng(seed)
    size = settings.reference_reviews
    first, rest = (
        reviews.take(np.arange(size)),
        reviews.take(np.arange(size, len(reviews.positive))),
    )
    known = chance.random(size) < FEEDBACK
    most = settings.reference_labels
    reference = Window(first.scored, first.take(np.flatnonzero(known)[:most]).judged)
    result: dict[str, object] = {
        "alpha": settings.alpha,
        "reference_reviews": size,
        "pool": len(rest.positive),
        "tweets": len(tweets.positive),
        "seed": seed,
        "without_drift": {
            str(size): without_drift(
                Stream(reference, settings),
                mixtures(rest, tweets, size, 0, chance),
                windows,
                chance,
            )
            for size in SIZES
        },
    }
    Console().print_json(data=result)
    result["with_drift"] = {
        f"{size}/{share}": with_drift(
            reference,
            settings,
            mixtures(rest, tweets, size, 0, chance),
            mixtures(rest, tweets, size, share, chance),
            trials,
            chance,
        )
        for size in SIZES
        for share in SHARES
    }
    return result


def markdown(result: Mapping[str, Any]) -> str:
    """The tables."""
    lines = [
        f"Reference of {result['reference_reviews']:,} reviews, windows drawn with replacement "
        f"from {result['pool']:,} others;"
        f" measured {result['measured']} on {result['file']}, seed {result['seed']}.",
        "",
        (
            "| reviews per window | windows | false alarms: input | prediction | concept | windows "
            "told on `drift.detected` |"
        ),
        "|---|---|---|---|---|---|",
    ]
    for size, row in result["without_drift"].items():
        alarms = (f"{row['false_alarms'][kind]:.1%}" for kind in FAMILIES)
        lines.append(
            f"| {size} | {row['windows']} | {' | '.join(alarms)} | {row['windows_told']} |"
        )
    lines += [
        "",
        (
            "| reviews per window | tweets | told within 3 windows | input | prediction | concept "
            "| median delay, windows |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in result["with_drift"].items():
        size, share = name.split("/")
        within = (f"{row['within_3'][kind]:.0%}" for kind in ("any", *FAMILIES))
        lines.append(
            f"| {size} | {float(share):.0%} | {' | '.join(within)} | {row['median_delay'] or '-'} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write both files."""
    parser = argparse.ArgumentParser(prog="python -m bench.drift", description=__doc__)
    parser.add_argument("reviews", type=Path, help="labelled CSV(.gz) of reviews")
    parser.add_argument("tweets", type=Path, help="another, of another domain")
    parser.add_argument(
        "--windows", type=int, default=200, help="windows without drift, of each size"
    )
    parser.add_argument(
        "--trials", type=int, default=100, help="streams with drift, of each size and share"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).with_name("drift"), help="without suffix"
    )
    options = parser.parse_args(arguments)
    reviews, tweets = (
        read(options.reviews, 10_000, options.seed),
        read(options.tweets, 5_000, options.seed),
    )
    result = measure(reviews, tweets, options.windows, options.trials, options.seed)
    result |= {"measured": f"{datetime.now(UTC):%Y-%m-%d}", "file": options.reviews.name}
    options.out.with_suffix(".json").write_text(
        json.dumps(result, indent=2) + "\n", encoding="utf8"
    )
    options.out.with_suffix(".md").write_text(markdown(result), encoding="utf8")
    Console().print(markdown(result))


if __name__ == "__main__":
    main()
