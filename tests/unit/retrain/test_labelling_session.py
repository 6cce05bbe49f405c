"""Keys → labels: what is sent, what is taken back, what is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retrain.labelling.core.labelling_session import Session, Waiting, finish, press
from schemas.text import MaskedText

NOW = datetime(2026, 1, 2, tzinfo=UTC)
QUEUE = tuple(
    Waiting(f"q{n}", f"r{n}", MaskedText("secret"), "en", "p", "positive", 0.5, "drift")
    for n in range(3)
)


@pytest.mark.parametrize(
    ("keys", "sent", "labelled"),
    [
        ("", "", 0),
        ("p", "r0+", 1),
        ("pnu", "r0+ r1- r2=", 3),
        ("ps", "r0+", 1),
        ("sp", "r1+", 1),
        ("pq", "r0+", 1),
        ("pqn", "r0+", 1),
        ("pzn", "r0-", 1),
        ("pz", "", 0),
        ("pzq", "", 0),
        ("pnzs", "r0+", 1),
        ("pszp", "r0+ r1+", 2),
        ("pnzzp", "r0+ r1+", 2),
        ("xp!n", "r0+ r1-", 2),
        ("pnuz", "r0+ r1-", 2),
        ("pnuzp", "r0+ r1- r2+", 3),
        ("pnup", "r0+ r1- r2=", 3),
        ("zp", "r0+", 1),
    ],
)
def test_keys_lead_to_labels(keys: str, sent: str, labelled: int) -> None:
    session, answers = Session(QUEUE), []
    for key in keys:
        step = press(session, key, NOW)
        answers.append(step.answer)
        session = step.session
        if session.ended:
            break
    else:
        step = finish(session)
        answers.append(step.answer)
    signs = {"positive": "+", "negative": "-", "neutral": "="}
    found = [
        f"{each.waiting.review_id}{signs[each.label]}" for each in answers if each and each.label
    ]
    assert " ".join(found) == sent
    assert step.session.labelled == labelled


def test_an_answer_is_of_the_moment_of_its_key_though_it_is_sent_later() -> None:
    later = press(press(Session(QUEUE), "p", NOW).session, "n", NOW + timedelta(hours=1))
    assert later.answer is not None
    assert later.answer.at == NOW


def test_a_key_that_means_nothing_says_which_do() -> None:
    assert "p positive" in press(Session(QUEUE), "x", NOW).complaint
    assert "nothing to undo" in press(Session(QUEUE), "z", NOW).complaint


def test_text_shows_in_no_repr() -> None:
    assert "secret" not in repr(press(Session(QUEUE), "p", NOW))
