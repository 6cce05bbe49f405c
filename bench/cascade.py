"""Accuracy and cost of cascades of the student and the multilingual encoder: bench/cascade.md.

    python -m bench.cascade CACHE ENCODER

``CACHE`` is the folder of ``models.lab.judgement.student.make``, ``ENCODER`` what `undertone models
encoder` wrote. Held-out texts only; the encoder's answers are kept in ``CACHE``. About ten minutes
on one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.inference.classifier import Classifier
from models.inference.encoder_tier import EncoderTier
from models.inference.routing import Routing
from models.lab.judgement.cascade_fit import answers, sample, scaled
from models.lab.judgement.student import measuring, prepared
from models.lab.judgement.student.measuring import Measured
from models.labels import Floats

PAGE = Path(__file__).with_name("cascade.md")
MOST, TIMED = 70, 512
SHARES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
HEAD = """# Cascade of the student and the encoder

Made by `python -m bench.cascade CACHE ENCODER`: {texts:,} held-out texts, at most {most} of each of
{pairs} pairs of a set and a language, which count alike. Asked: the share of the texts that the
encoder is asked about, where that many exceed the estimate of the gain
(`models/inference/routing.py`, fitted to development texts). Gain: of macro-F1 over the student's,
as a share of the encoder's. Where the encoder is asked, both answers are combined, which is better
than either. Texts/s: of one core by CPU time, {timed} of the texts, {characters:.0f} characters in
the mean, the encoder by `{engine}`.

| by the encoder | asked | accuracy | macro-F1 | balanced | ECE | gain | texts/s |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A row of the table. ``figures``: means over pairs of a set and a language."""

    label: str
    asked: float
    figures: Measured
    rate: float


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cache", type=Path, metavar="CACHE")
    parser.add_argument("encoder", type=Path, metavar="ENCODER")
    given = parser.parse_args()
    rows, texts = prepared.load(given.cache), prepared.texts_of(given.cache)
    which = sample(rows, measuring.judged(rows), MOST)
    mine = [texts[at] for at in which.tolist()]
    codes = [rows.names["languages"][number] for number in rows.languages[which]]
    label = rows.label[which].astype(np.int64)
    pairs = rows.sets[which].astype(np.int64) * 256 + rows.languages[which]
    common = np.array([(pairs == pair).sum() >= 30 for pair in pairs])

    def measured(found: Floats) -> Measured:
        logs = np.log(np.maximum(found, 1e-9))
        each = [
            measuring.measured(logs[pairs == pair], label[pairs == pair])
            for pair in np.unique(pairs[common])
        ]
        whole = measuring.measured(logs[common], label[common])
        f1, balanced = (
            float(np.nanmean([getattr(one, name) for one in each]))
            for name in ("macro_f1", "balanced")
        )
        return Measured(whole.texts, f1, balanced, whole.accuracy, whole.ece)

    encoder = artifacts.load(given.encoder)
    routing = Routing.of(encoder.arrays, encoder.languages)
    student = Classifier.load(str(artifacts.JUDGE))
    fast = student.judge(mine, codes).probabilities
    raw = answers(given.cache, mine, "held-out")
    slow = scaled(raw, encoder.calibration.scale)
    both = routing.combined(fast, slow)
    gains = routing.gains(fast, codes, np.array([len(text) for text in mine], np.float32))
    timed = np.random.default_rng(0).permutation(len(mine))[:TIMED].tolist()
    timed_texts, timed_codes = [mine[at] for at in timed], [codes[at] for at in timed]

    def rate(reader: Classifier) -> float:
        start = time.process_time()
        reader.judge(timed_texts, timed_codes)
        return TIMED / (time.process_time() - start)

    points = [Point("none: the student", 0.0, measured(fast), rate(student))]
    scoring = ScoringSettings(engine="cascade")
    tier = EncoderTier()
    tier.load(given.encoder, scoring)
    for share in SHARES:
        asked = gains > routing.threshold(share)
        found = np.where(asked[:, None], both, fast)
        cascade = Classifier.load(
            str(artifacts.JUDGE), scoring.model_copy(update={"cascade_share": share}), tier
        )
        points.append(
            Point(f"{share:.0%}", float(asked[common].mean()), measured(found), rate(cascade))
        )
    alone = Classifier.start(encoder, ScoringSettings(engine=scoring.encoder_engine))
    points.append(Point("all, alone", 1.0, measured(slow), rate(alone)))
    everything = Classifier.load(
        str(artifacts.JUDGE), scoring.model_copy(update={"cascade_share": 1.0}), tier
    )
    points.append(Point("all, combined", 1.0, measured(both), rate(everything)))
    head = HEAD.format(
        texts=int(common.sum()),
        most=MOST,
        pairs=len(np.unique(pairs[common])),
        timed=TIMED,
        characters=np.mean([len(text) for text in timed_texts]),
        engine=scoring.encoder_engine,
    )
    PAGE.write_text(head + "\n".join(table(points)) + "\n", encoding="utf8")
    Console().print(f"{PAGE} written")


def table(points: Sequence[Point]) -> list[str]:
    """Rows. The gain is of the last but one point, the encoder alone, over the first."""
    first, last = points[0].figures.macro_f1, points[-2].figures.macro_f1
    return [
        f"| {one.label} | {one.asked:.1%} | {one.figures.accuracy:.4f} | "
        f"{one.figures.macro_f1:.4f} | {one.figures.balanced:.4f} | {one.figures.ece:.3f} | "
        f"{(one.figures.macro_f1 - first) / (last - first):.2f} | {one.rate:,.0f} |"
        for one in points
    ]


if __name__ == "__main__":
    main()
