"""Demo, third act: wrong labels and a candidate trained on them; the champion stays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from infra.settings import environment, inherited_environment
from streams.demo.loop import Story
from streams.demo.sample import SampleReview
from streams.demo.stage import Stage

ASK = (
    sys.executable,
    "-m",
    "streams",
    "retrain",
    "request",
    "en",
    "--reason",
    "the demo's third act",
)
SERVING = """
SELECT argMax(traffic, (created_at, event_id)) LIKE concat('%', %(version)s, '%')
FROM model_events
WHERE language = 'en'
"""


def play(stage: Stage, reviews: Sequence[SampleReview]) -> bool:
    """True if what was learnt from lies was turned down, with the reason for it."""
    began = datetime.now(UTC)
    stage.console.print(
        f"\n[bold]Act three.[/bold] {len(reviews)} labels say the opposite of the truth; a new "
        "model is asked for."
    )
    stored = stage.count("SELECT count() FROM feedback")
    stage.feedback(reviews, lie=True)
    stage.wait(
        "storing the lies",
        lambda: stage.count("SELECT count() FROM feedback") >= stored + len(reviews),
    )
    subprocess.run(
        ASK,
        env=inherited_environment() | environment(stage.settings),
        check=True,
        capture_output=True,
    )
    story = Story(stage, began)
    stage.wait(
        "waiting for the answer",
        lambda: any(step.what in {"rejected", "registered"} for step in story()),
    )
    answers = [step for step in story() if step.what in {"rejected", "registered"}]
    return stage.check(
        "what was learnt from lies was rejected", bool(answers) and answers[0].what == "rejected"
    )
