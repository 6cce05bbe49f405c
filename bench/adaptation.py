"""Benchmark of domain adaptation: ``python -m bench.adaptation TWEETS.csv.gz IMDB_TEST.csv.gz``
measures the gain from feedback.

The trainer's own code, on texts that were cleaned and masked as the stream does it. Half of the
tweets, chosen by hash, is only for measuring. Then bursts of feedback of which a fifth is wrong,
from several seeds: against the champion as it is shipped, and against one that has learnt the
domain already. Writes ``adaptation.json`` and ``adaptation.md``, by default beside this module.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from infra.settings import PrivacySettings, RetrainingSettings
from models.artifact import artifact
from models.artifact.artifact import Artifact
from models.evaluation.significance import gain
from models.labels import LABELS, positions
from models.text.cleaning import clean
from models.training import datasets
from retrain import base
from retrain.shared.core import examples
from retrain.shared.core.examples import Example
from retrain.shared.core.text_identity import key, share
from retrain.shared.training_data import golden_set, read
from retrain.trainer.candidate_trial import judgement
from retrain.trainer.retraining import Outcome, retrain
from schemas.records import Sentiment
from streams.composition import build_masker

AMOUNTS = (300, 500, 1000, 2000, 4000, 8000)
BURST, WRONG, SEEDS = 2000, 0.2, 5
BEFORE_BURST = 4000
AT_ONCE = 64
NOW = datetime(2026, 1, 1, tzinfo=UTC)
OTHER: dict[Sentiment, Sentiment] = {"positive": "negative", "negative": "positive"}
CAPTION = """\
Champion {champion}. *feedback*: labelled tweets from users, of which {held_out:.0%} are held out
for the comparison and the rest is learnt. Balanced accuracy on {tweets:,} other tweets, neutral
ones left out; accuracy on {reviews:,} reviews of IMDB test A. All is masked. In brackets the 95%
interval of the difference. Written by `python -m bench.adaptation`.

| feedback | wrong | champion | answer | tweets before | after | points \
| IMDB before | after | points |
|---|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Measuring:
    """Reviews that nothing learns, and what the champion says of them is measured on."""

    tweets: Sequence[Example]
    reviews: Sequence[Example]

    def row(self, champion: Artifact, outcome: Outcome, **about: Any) -> dict[str, Any]:
        """What came of a request."""
        chosen = outcome.accepted
        after = chosen.candidate.artifact if chosen else champion
        row = about | {
            "answer": chosen.candidate.kind if chosen else "rejected",
            "version": after.version,
            "reasons": [] if chosen else list(outcome.reasons),
            "seconds": sum(each.seconds for each in outcome.judged),
            "noise": outcome.evidence.get("noise"),
            "left_out": outcome.evidence.get("left_out"),
        }
        for name, texts, balanced in (("tweets", self.tweets, True), ("imdb", self.reviews, False)):
            positive = np.array([example.label == "positive" for example in texts])
            first, second = (right(model, texts) for model in (champion, after))
            points, interval = gain(first, second, positive if balanced else None)
            scores = [
                float(
                    np.mean([found[positive == label].mean() for label in (False, True)])
                    if balanced
                    else found.mean()
                )
                for found in (first, second)
            ]
            row[name] = {
                "before": scores[0],
                "after": scores[1],
                "gain": points,
                "low": interval.low,
                "high": interval.high,
            }
        return row


ANSWERS: dict[tuple[str, int], Any] = {}


def right(model: Artifact, texts: Sequence[Example]) -> Any:
    """Which of them the model judges as they are labelled; asked once."""
    asked = model.version, id(texts)
    if asked not in ANSWERS:
        said = positions(judgement(model, texts, "en"))
        ANSWERS[asked] = said == [LABELS.index(example.label) for example in texts]
    return ANSWERS[asked]


def masked(path: Path, cache: Path) -> list[Example]:
    """The reviews of a file as the stream would have stored them, each text once, in an order that
    only the texts decide.
    """
    data = datasets.read(path)
    kept = cache / f"{data.sha256[:12]}.csv.gz"
    if not kept.is_file():
        _tell(f"masking {path.name}")
        masker = build_masker(PrivacySettings())
        texts = [clean(text) for text in data.texts]
        parts = (masker(texts[start : start + AT_ONCE]) for start in range(0, len(texts), AT_ONCE))
        cache.mkdir(parents=True, exist_ok=True)
        datasets.write(kept, [each.text for part in parts for each in part], data.positive)
    data = datasets.read(kept)
    found = {
        key(text): Example(text, "positive" if label else "negative", "user", 1.0, NOW)
        for text, label in zip(data.texts, data.positive, strict=True)
    }
    return [found[name] for name in sorted(found, key=lambda each: each[::-1])]


def burst(feedback: Sequence[Example], wrong: float, seed: int, at: datetime) -> list[Example]:
    """The same with some labels turned round."""
    turned = np.random.default_rng(seed).random(len(feedback)) < wrong
    return [
        replace(example, label=OTHER[example.label] if turn else example.label, at=at)
        for example, turn in zip(feedback, turned, strict=True)
    ]


def answered(
    champion: Artifact, feedback: Sequence[Example], settings: RetrainingSettings
) -> Outcome:
    """What the trainer answers a request with that comes after this feedback."""
    golden = golden_set(settings)
    rehearsal = [each for each in read(base.REHEARSAL) if each.language == "en"]
    data = examples.build(
        feedback, rehearsal, {each.key for each in golden}, settings.held_out, settings.recent
    )
    return retrain(settings, champion, data, golden)


def measured(
    tweets: Path, reviews: Path, cache: Path, settings: RetrainingSettings
) -> Iterator[dict[str, Any]]:
    """All results so far, after each row."""
    known = {example.key for path in (base.REHEARSAL, base.GOLDEN) for example in read(path)}
    every = [example for example in masked(tweets, cache) if example.key not in known]
    half = [example for example in every if share(example.key[8:]) < 0.5]
    pool = [example for example in every if share(example.key[8:]) >= 0.5]
    measuring = Measuring(
        half, [example for example in masked(reviews, cache) if example.key not in known]
    )
    champion = artifact.load(artifact.PRETRAINED)
    rows, adapted = list[dict[str, Any]](), champion
    document = {
        "measured": datetime.now(UTC).date().isoformat(),
        "champion": f"{champion.name} {champion.version}",
        "held_out": settings.held_out,
        "tweets": len(measuring.tweets),
        "reviews": len(measuring.reviews),
        "rows": rows,
    }
    for amount in AMOUNTS:
        outcome = answered(champion, pool[:amount], settings)
        rows.append(
            measuring.row(
                champion, outcome, feedback=min(amount, len(pool)), wrong=0.0, of="shipped"
            )
        )
        yield document
        if amount == BEFORE_BURST and outcome.accepted:
            adapted = outcome.accepted.candidate.artifact
    for seed in range(SEEDS):
        noisy = burst(
            pool[BEFORE_BURST : BEFORE_BURST + BURST], WRONG, seed, NOW + timedelta(days=1)
        )
        for name, model, feedback in (
            ("shipped", champion, noisy),
            ("adapted, burst alone", adapted, noisy),
            ("adapted, and what it learnt", adapted, [*pool[:BEFORE_BURST], *noisy]),
        ):
            outcome = answered(model, feedback, settings)
            rows.append(
                measuring.row(
                    model, outcome, feedback=len(feedback), wrong=WRONG, of=name, seed=seed
                )
            )
            yield document


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    cells = [f"{row['feedback']:,}", f"{row['wrong']:.0%}", row["of"], row["answer"]]
    for name in ("tweets", "imdb"):
        found = row[name]
        cells += [f"{100 * found['before']:.2f}", f"{100 * found['after']:.2f}"]
        cells.append(
            f"{100 * found['gain']:+.2f} [{100 * found['low']:+.2f}, {100 * found['high']:+.2f}]"
        )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure; write after each row, so that whoever stops it loses little."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0] if __doc__ else "")
    parser.add_argument("tweets", type=Path, help="labelled reviews of another domain")
    parser.add_argument(
        "reviews",
        type=Path,
        help="labelled reviews of the champion's own, which it was not trained on",
    )
    parser.add_argument(
        "--masked",
        type=Path,
        default=Path(".undertone/masked"),
        help="folder where masked texts are kept",
    )
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent, help="folder of the results"
    )
    arguments = parser.parse_args()
    results: Path = arguments.out / "adaptation.json"
    table = ""
    for document in measured(
        arguments.tweets, arguments.reviews, arguments.masked, RetrainingSettings()
    ):
        _tell(line(document["rows"][-1]))
        results.write_text(json.dumps(document, indent=1) + "\n", encoding="utf8")
        table = CAPTION.format(**document) + "\n".join(map(line, document["rows"])) + "\n"
        results.with_suffix(".md").write_text(table, encoding="utf8")
    sys.stdout.write(table)


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    main()
