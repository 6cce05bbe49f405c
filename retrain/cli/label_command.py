"""``undertone label``: labelling of queued reviews in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from infra.command_line import configured, example
from retrain.cli.loop_app import app

if TYPE_CHECKING:
    from rich.console import Console

    from retrain.labelling.core.labelling_session import Session
    from retrain.labelling.feedback_publisher import Sender

BACKSPACE = "\x7f\b"


@app.command(epilog=example("undertone label --language en --max 20"))
def label(
    maximum: Annotated[
        int, typer.Option("--max", min=1, help="Maximum number of reviews to label.")
    ] = 50,
    language: Annotated[
        str, typer.Option("--language", help="ISO 639-1 code; default: all languages.")
    ] = "",
    source: Annotated[
        Literal["labeler", "moderator"],
        typer.Option("--source", help="Your role, recorded as the source of the feedback."),
    ] = "labeler",
) -> None:
    """Label queued reviews in the terminal, the most useful first.

    Keys: p positive, n negative, u neutral, s skip, z undo the last, q quit. Each label is sent as
    feedback with the next key. Without a terminal, the keys are read from standard input.
    """
    from rich.console import Console

    from infra.warehouse import connect
    from retrain.labelling.core.labelling_session import Session
    from retrain.labelling.feedback_publisher import Sender, queue

    settings = configured()
    console = Console(highlight=False)
    with connect(settings.clickhouse) as warehouse:
        waiting = queue(warehouse, language, maximum)
    if not waiting:
        console.print("no review is waiting for a label")
        return
    with closing(Sender(settings, source)) as sender:
        session = _work(Session(waiting), sender, console)
    console.print(
        f"{session.labelled} labelled; {len(waiting) - session.labelled} of {len(waiting)} still "
        "wait"
    )


def _work(session: Session, sender: Sender, console: Console) -> Session:
    """Until the queue or the keys end. An answer that was given is sent, also where the work is
    broken off.
    """
    from retrain.labelling.core.labelling_session import finish, press

    keys = _keys()
    try:
        _show(session, console)
        while not session.ended:
            key = next(keys, None)
            step = finish(session) if key is None else press(session, key, datetime.now(UTC))
            if step.answer is not None:
                sender.send(step.answer)
            if step.complaint:
                console.print(step.complaint, style="yellow")
            elif not step.session.ended:
                _show(step.session, console)
            session = step.session
    except KeyboardInterrupt:
        if session.held is not None:
            sender.send(session.held)
        raise
    return session


def _show(session: Session, console: Console) -> None:
    """The review, and what was said of it. Its text was written by anybody: nothing in it may steer
    the terminal.
    """
    from rich.text import Text

    from retrain.labelling.core.labelling_session import KEYS

    review = session.current
    if review is None:
        console.print("that was the last one: z takes it back, any other key ends")
        return
    about = " · ".join(
        part
        for part in (review.language, review.product_id, f"asked because of {review.reason}")
        if part
    )
    console.rule(f"{session.place + 1} of {len(session.queue)}", align="left")
    console.print(about, style="dim", markup=False)
    console.print(Text(_printable(review.text_masked)))
    console.print(
        f"the model says [bold]{review.sentiment}[/bold], with a score of {review.score:.2f}"
    )
    console.print(KEYS, style="dim")


def _printable(text: str) -> str:
    return "".join(
        character if character.isprintable() or character == "\n" else " " for character in text
    )


def _keys() -> Iterator[str]:
    """Key by key from the terminal, else the characters of standard input that are not white
    space."""
    if not sys.stdin.isatty():
        for line in sys.stdin:
            yield from (character for character in line.lower() if not character.isspace())
        return
    with suppress(EOFError):  # Ctrl-D
        while True:
            pressed = typer.getchar()
            yield "z" if pressed in BACKSPACE else pressed.lower()
