"""``undertone explain`` and ``undertone models importance``: explanation of one score, and of a
model in general.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, TaskID, track
from rich.style import Style
from rich.table import Table
from rich.text import Text

from infra.command_line import configured, example
from infra.settings import Settings
from schemas import reasons
from schemas.errors import InputError, Origin, Rejected
from schemas.inputs import RawRecord
from schemas.records import ScoredReview
from streams.cli.cli_app import MODEL, app, models_app
from streams.cli.score_and_mask import lines
from streams.cli.table_options import LABELLED

if TYPE_CHECKING:
    from models.evaluation.explanation import Explanation
    from models.inference.classifier import Classifier
    from models.inference.scorer import Judge

STRONGEST = 10
# Weak to strong, each readable in black.
FOR, AGAINST = ("#d7f0d7", "#a6dba0", "#5aae61"), ("#f9dfe6", "#f4a6b5", "#e66b84")
WEAKEST_SHOWN = 0.1
"""Share of the strongest contribution below which a token has no colour."""


@app.command(epilog=example('undertone explain "Not bad at all, though the ending drags."'))
def explain(
    text: Annotated[str | None, typer.Argument(help="Text of a review.")] = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help='Read JSON lines with "text" from standard input.')
    ] = False,
    model: Annotated[str | None, typer.Option("--model", help=MODEL)] = None,
    window: Annotated[
        int,
        typer.Option(
            "--window", min=1, max=10, help="Number of adjacent tokens that are left out together."
        ),
    ] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per review.")
    ] = False,
) -> None:
    """Explain a score: the contribution of each word is the log-odds of the score that go when it
    is left out, and each sentence is judged by itself.

    The review is scored as by ``undertone score``, but without the encoder of a cascade, so what is
    shown is what the model sees. A model that is given takes the place of those in use.
    """
    if (text is None) != stdin:
        raise InputError("explain takes a text or --stdin, one of them")
    from models.evaluation.explanation import explain as explain_text
    from models.inference.scorer import Decided
    from streams.composition import build_offline_pipeline

    settings = _explaining(configured(), model)
    pipeline = build_offline_pipeline(settings, lambda _: nullcontext())
    bad, console = 0, Console(stderr=True)
    for record in _records(lines() if text is None else [(0, _line(text))]):
        results = pipeline([record], lambda: datetime.now(UTC), sentences=True)
        [outcome] = results.outcomes
        if isinstance(outcome, Rejected):
            if text is not None:
                raise InputError(_why(outcome))
            typer.echo(_why(outcome), err=True)  # at once: of many lines many may be bad
            bad += 1
            continue
        scorer = results.live.scored_by(outcome)
        assert scorer is not None  # the snapshot is the one that scored it
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("leaving out words")
            found = explain_text(
                Decided(cast("Judge", scorer), outcome.language),
                outcome.text_masked,
                window=window,
                progress=partial(_advance, progress, task),
            )
        if as_json:
            number = record.origin.offset
            named = {"line": number, "review_id": outcome.review_id} if number else {}
            typer.echo(orjson.dumps(named | _document(outcome, found)))
        else:
            _show(outcome, found)
            _show_sentences(outcome)
    if bad:
        raise InputError(f"{bad} lines were not explained; each says why on standard error")


@models_app.command(epilog=example("undertone models importance imdb_test_a.csv.gz --top 20"))
def importance(
    file: Annotated[Path, typer.Argument(help=LABELLED)],
    model: Annotated[str | None, typer.Option("--model", help=MODEL)] = None,
    top: Annotated[
        int, typer.Option("--top", min=1, help="Number of tokens to show for each sentiment.")
    ] = 15,
    size: Annotated[
        int | None,
        typer.Option(
            "--sample", min=1, help="Number of reviews sampled from the file; default: 100."
        ),
    ] = None,
    fewest: Annotated[
        int | None,
        typer.Option(
            "--min-reviews",
            min=1,
            help="Minimum number of reviews that a token must occur in; default: 5.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed of the sample.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the words with the largest effect on a model's scores, in both directions, over a sample
    of reviews.
    """
    from dataclasses import asdict

    from models.evaluation import importance as tokens
    from models.evaluation.explanation import explain as explain_text
    from models.inference.scorer import Decided
    from models.training.datasets import read
    from streams.composition import build_classifier

    settings = _explaining(configured(), model)
    data = read(file)
    chosen = tokens.sample(len(data.texts), size or tokens.SAMPLE, seed)
    scorer = build_classifier(settings.models, settings.scoring)
    see = _as_scored(settings, scorer)
    console = Console(stderr=True)
    seen = [
        (text, language)
        for n in track(chosen, "masking", console=console)
        for text, language in [see(data.texts[n])]
        if text
    ]
    explained = [
        (text, explain_text(Decided(scorer, language), text))
        for text, language in track(seen, "leaving out words", console=console)
    ]
    rows = tokens.importance(explained, fewest=fewest or tokens.FEWEST)
    directions = dict(zip(("positive", "negative"), tokens.both_directions(rows, top), strict=True))
    too_long = sum(explanation.window > 1 for _, explanation in explained)
    if as_json:
        found: dict[str, Any] = {
            name: [asdict(row) for row in direction] for name, direction in directions.items()
        }
        found |= {
            "model": f"{scorer.name} {scorer.version}",
            "file": file.name,
            "sha256": data.sha256,
            "seed": seed,
        }
        typer.echo(
            orjson.dumps(found | {"reviews": len(explained), "left_out_as_too_long": too_long})
        )
        return
    for name, direction in directions.items():
        table = Table(
            "token",
            title=(
                f"{scorer.name} {scorer.version}: what speaks for {name} ({len(explained)} reviews)"
            ),
        )
        for header in ("reviews", "of which for positive", "mean |log-odds|", "mean log-odds"):
            table.add_column(header, justify="right")
        for row in direction:
            table.add_row(
                Text(row.token),
                str(row.reviews),
                str(row.positive),
                f"{row.magnitude:.3f}",
                f"{row.mean:+.3f}",
            )
        Console().print(table)
    if too_long:
        typer.echo(
            f"{too_long} reviews were too long to leave out single words and do not count", err=True
        )


def _explaining(settings: Settings, reference: str | None) -> Settings:
    """The settings without the encoder of a cascade, and with a model in place of those that they
    name, if one is given.

    Which texts an encoder is asked about depends on those before: the texts that an explanation
    compares would not be judged alike.
    """
    models, scoring = settings.models, settings.scoring
    if reference:
        models = models.model_copy(update={"uri": reference})
    if scoring.engine == "cascade":
        scoring = scoring.model_copy(update={"engine": "auto"})
    return settings.model_copy(update={"models": models, "scoring": scoring})


def _line(text: str) -> bytes:
    """A text of the command line, whose bytes may not all be letters, as a line of input."""
    return orjson.dumps({"text": text.encode("utf8", "replace").decode()})


def _records(numbered: Iterable[tuple[int, bytes]]) -> Iterator[RawRecord]:
    """Numbered lines as records; 0 is the text of the command line."""
    for number, line in numbered:
        yield RawRecord(Origin("line", 0, number), None, line, datetime.now(UTC))


def _why(rejected: Rejected) -> str:
    origin = f"line {rejected.origin.offset}" if rejected.origin.offset else "the text"
    if rejected.reason == reasons.EMPTY_TEXT:
        return f"{origin}: nothing is left of it once it is cleaned"
    return f"{origin}: {rejected.reason}" + (f" ({rejected.detail})" if rejected.detail else "")


def _advance(progress: Progress, task: TaskID, done: int, total: int) -> None:
    progress.update(task, completed=done, total=total)


def _as_scored(settings: Settings, model: Classifier) -> Callable[[str], tuple[str, str]]:
    """A text as it came → what the model sees of it, and its language."""
    from models.text.cleaning import clean
    from streams.composition import build_masker, expected_languages, identified

    masker = build_masker(settings.privacy)
    expected = expected_languages(settings.language, [model])

    def seen(text: str) -> tuple[str, str]:
        cleaned = clean(text)
        [language] = identified([cleaned], settings, expected)
        return masker([cleaned], [language])[0].text, language

    return seen


def _document(review: ScoredReview, found: Explanation) -> dict[str, Any]:
    text = review.text_masked
    return {
        "model": f"{review.model_name} {review.model_version}",
        "text": text,
        "language": review.language,
        "language_served": review.language_served,
        "sentiment": review.sentiment,
        "score": review.score,
        "confidence": review.confidence,
        "probabilities": review.probabilities,
        "evidence": review.evidence,
        "log_odds": found.log_odds,
        "window": found.window,
        "stride": found.stride,
        "tokens": [
            {
                "token": text[a.start : a.end],
                "start": a.start,
                "end": a.end,
                "contribution": a.contribution,
            }
            for a in found.attributions
        ],
        "sentences": review.sentences,
        "mixed": review.mixed,
    }


def _show(review: ScoredReview, found: Explanation) -> None:
    console, text = Console(), review.text_masked
    shown = Text(text)
    shares = found.by_token()
    peak = max((abs(token.contribution) for token in shares), default=0.0) or 1.0
    for token in shares:
        strength = abs(token.contribution) / peak
        if strength >= WEAKEST_SHOWN:
            colours = FOR if token.contribution > 0 else AGAINST
            shown.stylize(
                Style(color="black", bgcolor=colours[min(int(strength * 3), 2)]),
                token.start,
                token.end,
            )
    console.print(shown)
    console.print(
        f"{review.model_name} {review.model_version}: {review.sentiment}, score "
        f"{review.score:.3f}, log-odds {found.log_odds:+.2f}"
        + ("" if review.evidence else "; the text holds nothing that the model knows"),
        highlight=False,
    )
    table = Table()
    table.add_column("token" if found.window == 1 else "tokens", no_wrap=True, overflow="ellipsis")
    table.add_column("log-odds that go without it", justify="right")
    strongest = sorted(found.attributions, key=lambda a: (-abs(a.contribution), a.start))
    for attribution in strongest[:STRONGEST]:
        table.add_row(
            Text(text[attribution.start : attribution.end]), f"{attribution.contribution:+.3f}"
        )
    console.print(table)
    if found.stride > 1:
        typer.echo(
            f"the text is long ({len(found.tokens)} words and marks): {found.window} at a time "
            "were left out, and the colour of each is its even share",
            err=True,
        )


def _show_sentences(review: ScoredReview) -> None:
    """Each sentence by itself, where there are several."""
    text, sentences = review.text_masked, review.sentences or ()
    if len(sentences) < 2:
        return
    table = Table()
    table.add_column("sentence, by itself")
    table.add_column("sentiment")
    table.add_column("score", justify="right")
    for sentence in sentences:
        table.add_row(
            Text(text[sentence.start : sentence.end]), sentence.label, f"{sentence.score:.3f}"
        )
    console = Console()
    console.print(table)
    if review.mixed:
        console.print("mixed: the sentences say both sides")
