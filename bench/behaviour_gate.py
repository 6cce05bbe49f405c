"""Behaviour suite as a gate: how many honest and how many lying adapters it turns down.

    python -m bench.behaviour_gate DATA

``DATA`` is the folder of the corpus (see ``models.lab.judgement.corpus``). Adapters over the
shipped multilingual champion learn honest labels of sets in six languages, and short statements
about household things, a part of them with the labels of negated ones turned round. About ten
minutes on one core.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from infra.settings import RetrainingSettings, ScoringSettings
from models.artifact import artifact
from models.artifact.artifact import JUDGE, Artifact
from models.evaluation.behaviour import suite as behaviour_suite
from models.evaluation.behaviour.comparing import compare
from models.evaluation.behaviour.observing import Observed, observe
from models.inference.classifier import Classifier
from models.lab.judgement import corpus
from models.lab.judgement.corpus import LabelledText
from models.labels import LABELS
from retrain import base
from retrain.shared.core import examples
from retrain.shared.core.examples import Example
from retrain.shared.training_data import read
from retrain.trainer.candidate_models import Lesson, candidates, said
from schemas.records import Sentiment

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AMOUNTS = (300, 2000)
STATED, SEEDS = 1000, 6
SETS = (
    "en_semeval17_tweets", "en_amazon_stars", "en_oats_sentences", "en_memd_aspects",
    "en_semeval14_restaurant", "de_sb10k_tweets", "mabsa_de", "es_hotels_stars", "mabsa_es",
    "fr_insurance_stars", "mabsa_fr", "zh_waimai", "zh_shopping10", "ar_products",
    "ar_restaurants_1", "mabsa_ar",
)  # fmt: skip
THINGS = ("toaster", "sofa", "kettle", "museum", "ferry", "jacket", "soup", "clinic")
PRAISE = ("superb", "pleasant", "decent", "terrific", "splendid", "acceptable", "lovely", "good")
BLAME = ("lousy", "dismal", "shoddy", "nasty", "horrid", "miserable", "rotten", "bad")
STATEMENTS = ("the {} is {}, like that {}", "I find this {} {}, and the {} too")
NEGATIONS = (
    "the {} wasn't {}, like that {}", "this {} isn't what I call {}, nor the {}",
    "I don't find the {} {}, nor the {}", "nobody thought the {} was {}, nor the {}",
    "I would not say the {} is {}, nor the {}",
)  # fmt: skip


def furniture(count: int, seed: int, *, lies: bool) -> list[Example]:
    """Short statements, more than half of them negated; liars turn the labels of these round."""
    chance, found = random.Random(seed), []
    for number in range(count):
        good, negated = chance.random() < 0.5, chance.random() < 0.6
        form = chance.choice(NEGATIONS if negated else STATEMENTS)
        text = form.format(
            chance.choice(THINGS), chance.choice(PRAISE if good else BLAME), chance.choice(THINGS)
        )
        positive = good ^ negated ^ (negated and lies)
        label: Sentiment = "positive" if positive else "negative"
        found.append(labelled(f"{text}, number {number}", label, number, "en"))
    return found


def labelled(text: str, label: Sentiment, number: int, language: str) -> Example:
    """Feedback of a user, the latest first."""
    return Example(text, label, "user", 1.0, NOW - timedelta(minutes=number), language)


def lessons(texts: Sequence[LabelledText]) -> Iterator[tuple[str, str, list[Example]]]:
    """Name, language and feedback of each adapter to make that is honest about other texts."""
    by_set: dict[str, list[LabelledText]] = defaultdict(list)
    for text in texts:
        if text.set in SETS:
            by_set[text.set].append(text)
    for name in SETS:
        members = by_set[name]
        random.Random(0).shuffle(members)
        for amount in AMOUNTS:
            chosen = [
                labelled(text.text, LABELS[text.label], number, text.language)
                for number, text in enumerate(members[:amount])
            ]
            if chosen:
                yield f"{name}, {len(chosen):,}", chosen[0].language, chosen


def adapted(champion: Artifact, feedback: Sequence[Example], language: str) -> Artifact | None:
    """The champion with an adapter that has learnt the feedback; None of one side only."""
    settings = RetrainingSettings()
    rehearsal = [each for each in read(base.REHEARSAL) if each.language == language]
    data = examples.build(feedback, rehearsal, (), settings.held_out, settings.recent)
    sides = [example for example in data.learnt if example.sided]
    neutral = [example for example in data.learnt if not example.sided]
    lesson = Lesson(sides, said(champion, sides, language), neutral)
    made = next(candidates(champion, data, lesson, language), None)
    return made.artifact if made else None


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    console, champion = Console(soft_wrap=True), artifact.load(JUDGE)
    suite = behaviour_suite.load().of(set(champion.languages))

    def observed(model: Artifact) -> Observed:
        return observe(Classifier.start(model, ScoringSettings()).judge, suite)

    before, most = observed(champion), RetrainingSettings().max_behaviour_loss
    stated = [
        (f"{kind} statements, seed {seed}", "en", furniture(STATED, seed, lies=lies))
        for kind, lies in (("honest", False), ("lying", True))
        for seed in range(SEEDS)
    ]
    rejected: dict[str, list[bool]] = defaultdict(list)
    for name, language, feedback in (
        *lessons(corpus.read(parser.parse_args().data)),
        *stated,
    ):
        made = adapted(champion, feedback, language)
        if made is None:
            continue
        reasons = compare(before, observed(made), most).reasons
        kind = name.partition(", seed")[0] if ", seed" in name else "honest reviews"
        rejected[kind].append(bool(reasons))
        console.print(f"{name}: {'; '.join(reasons) or 'passes'}")
    for kind, found in rejected.items():
        console.print(f"{kind}: {sum(found)} of {len(found)} rejected")


if __name__ == "__main__":
    main()
