"""Alerts: signatures, bodies, and what is sent when, without a server."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from retrain.alerts.core.delivery_outcomes import Answer, Patience, after, due, next_moment
from retrain.alerts.core.message_planning import (
    GROUP,
    Delivery,
    Notified,
    Target,
    milliseconds,
    plan,
)
from retrain.alerts.core.rate_limit import Limit
from retrain.alerts.core.webhook_bodies import Format, render
from retrain.alerts.webhook_signing import headers
from schemas.records import Alert, AlertSeverity, AlertStatus
from tests.webhook_receiver import verified

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
REPEAT = timedelta(hours=4)
PATIENCE = Patience(5.0, 3600.0, 86_400.0)


def alert(
    condition: str = "c",
    status: AlertStatus = "firing",
    *,
    at: float = 0,
    name: str = "rule",
    severity: AlertSeverity = "warning",
) -> Alert:
    now = NOW + timedelta(seconds=at)
    ended = now if status == "resolved" else None
    labels = {"product_id": condition, "1 odd-name": "x"}
    return Alert(
        f"{condition}-{status}-{at}",
        condition,
        status,
        name,
        severity,
        "fell <b>",
        labels,
        NOW,
        now,
        ended_at=ended,
    )


def planned(
    alerts: list[Alert],
    body: Format = "generic",
    notified: Notified | None = None,
    severity: str = "info",
) -> list[Delivery]:
    return plan(alerts, Target("t", body, severity), notified or Notified(), REPEAT, NOW)


def test_the_signature_is_that_of_the_specifications_own_example() -> None:
    # Of the reference libraries:
    # https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries
    secret = SecretStr("whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = '{"test": 2432232314}'
    signed = headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), body, [secret]
    )
    assert signed["webhook-timestamp"] == "1614265330"
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(
    st.text(max_size=200), st.binary(min_size=24, max_size=64), st.binary(min_size=24, max_size=64)
)
def test_any_body_is_verified_with_either_secret_and_with_no_other(
    body: str, old: bytes, new: bytes
) -> None:
    from base64 import b64encode

    secrets = ["whsec_" + b64encode(key).decode() for key in (old, new)]
    signed = headers("id", datetime.now(UTC), body, [SecretStr(secret) for secret in secrets])
    assert all(verified(signed, body, secret) for secret in secrets)
    assert not verified(signed, body + " ", secrets[0])
    assert not verified(signed, body, "whsec_" + b64encode(old + b"x").decode())


def test_without_a_secret_nothing_is_signed() -> None:
    assert headers("id", NOW, "{}", []) == {
        "webhook-id": "id",
        "webhook-timestamp": "1767268800",
        "content-type": "application/json",
    }


def test_the_generic_body_is_the_record() -> None:
    body = orjson.loads(render("generic", [alert()]))
    assert body["fingerprint"] == "c"
    assert (body["status"], body["started_at"], body["ended_at"]) == (
        "firing",
        "2026-01-01T12:00:00Z",
        None,
    )


def test_slacks_body_cannot_be_broken_by_what_is_in_an_alert() -> None:
    body = orjson.loads(
        render("slack", [replace(alert(), description="<!channel>" * 1000), alert("d", "resolved")])
    )
    assert all(len(block["text"]["text"]) <= 3000 for block in body["blocks"])
    assert "<" not in body["text"] + "".join(block["text"]["text"] for block in body["blocks"])


@pytest.mark.parametrize(
    "hostile",
    ["<https://evil.example|your bank>", "https://evil.example/x", "evil.example",
    "me@evil.example", "@channel", "#general",
     "*bold*", "_so_", "~no~", "`code`", ":skull:", "a\nRESOLVED b", "a\r\n> quoted",
     "&lt;!here&gt;"],
)  # fmt: skip
def test_what_slack_would_make_links_mentions_or_markup_of_is_shown_as_it_is(hostile: str) -> None:
    named = replace(alert(), summary=hostile, description=hostile, labels={"product_id": hostile})
    plain = orjson.loads(
        render(
            "slack", [replace(alert(), summary="x", description="x", labels={"product_id": "x"})]
        )
    )
    body = orjson.loads(render("slack", [named]))
    for shown, ours in (
        (body["text"], plain["text"]),
        (body["blocks"][0]["text"]["text"], plain["blocks"][0]["text"]["text"]),
    ):
        assert shown.count("\n") == ours.count("\n")
        assert "<" not in shown
        for markup in ("https:/", "evil.e", "@e", "@c", "#g", "*b", "_s", "~n", "`c", ":s"):
            assert markup not in shown.replace("`product", "")
        assert hostile.split()[0].replace("&", "&amp;").replace("<", "&lt;").replace(
            ">", "&gt;"
        ) in shown.replace("\u2060", "")
    assert body["blocks"][0]["text"]["verbatim"] is True


def test_alertmanagers_labels_are_identifiers_and_an_end_has_the_labels_of_its_beginning() -> None:
    [begin] = orjson.loads(render("alertmanager", [alert()]))
    [end] = orjson.loads(render("alertmanager", [alert(status="resolved", at=60)]))
    assert begin["labels"] == end["labels"] == {
        "product_id": "c", "_1_odd_name": "x", "alertname": "rule", "severity": "warning",
    }  # fmt: skip
    assert (begin["startsAt"], end["endsAt"]) == ("2026-01-01T12:00:00Z", "2026-01-01T12:01:00Z")
    assert begin["endsAt"] == "2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (None, ("firing", 0), True),
        (None, ("resolved", 0), False),
        (("firing", 0), ("firing", 60), False),
        (("firing", 0), ("firing", 4 * 3600), True),
        (("firing", 0), ("resolved", 60), True),
        (("resolved", 0), ("resolved", 60), False),
        (("resolved", 0), ("firing", 60), True),
        (("resolved", 60), ("firing", 0), False),
    ],
)
def test_what_is_news(
    before: tuple[str, int] | None, now: tuple[AlertStatus, int], told: bool
) -> None:
    last = {} if before is None else {"c": (before[0], milliseconds(NOW) + 1000 * before[1])}
    assert (
        bool(planned([alert(status=now[0], at=now[1])], notified=Notified(frozenset(), last)))
        == told
    )


def test_the_same_message_is_planned_once() -> None:
    assert len(planned([alert(), alert()])) == 1
    assert planned([alert()], notified=Notified({alert().alert_id}, {})) == []


def test_a_target_is_spared_what_is_less_severe_than_it_wishes() -> None:
    alerts = [
        alert("a", severity="info"),
        alert("b", severity="warning"),
        alert("c", severity="critical"),
    ]
    assert [delivery.fingerprints for delivery in planned(alerts, severity="warning")] == [
        ("b",),
        ("c",),
    ]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xy")), max_size=60))
def test_grouping_loses_nothing_keeps_the_order_of_a_condition_and_never_mixes_rules(
    steps: list[tuple[str, str]],
) -> None:
    firing: set[str] = set()
    alerts = []
    for second, (condition, rule) in enumerate(steps):
        fingerprint = condition + rule
        alerts.append(
            alert(
                fingerprint, "resolved" if fingerprint in firing else "firing", at=second, name=rule
            )
        )
        firing ^= {fingerprint}
    deliveries = planned(alerts, "slack")
    assert sorted(one for d in deliveries for one in d.alert_ids) == sorted(
        one.alert_id for one in alerts
    )
    for condition in {one.fingerprint for one in alerts}:
        said = [one for d in deliveries for one in d.alert_ids if one.startswith(f"{condition}-")]
        assert said == [one.alert_id for one in alerts if one.fingerprint == condition]
    for delivery in deliveries:
        assert len(set(delivery.fingerprints)) == len(delivery.fingerprints) <= GROUP
        assert len({fingerprint[1] for fingerprint in delivery.fingerprints}) == 1
    assert [d.planned_at for d in deliveries] == sorted({d.planned_at for d in deliveries})


def test_a_message_keeps_its_id_whenever_it_is_planned() -> None:
    alerts = [alert(str(n)) for n in range(3)]
    first, second = (
        plan(alerts, Target("t", "slack"), Notified(), REPEAT, NOW + timedelta(hours=h))
        for h in (0, 1)
    )
    assert [one.webhook_id for one in first] == [one.webhook_id for one in second]
    assert planned([alert("x")])[0].webhook_id == planned([alert("x")], "slack")[0].webhook_id


def attempted(answer: Answer, attempts: int = 0) -> Delivery:
    [delivery] = planned([alert()])
    return after(
        replace(delivery, attempts=attempts),
        answer,
        PATIENCE,
        NOW + timedelta(seconds=1),
        random.Random(0),
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (410, "refused"),
        *((s, "pending") for s in (None, 302, 400, 404, 429, 500, 503)),
    ],
)
def test_what_an_answer_means(status: int | None, state: str) -> None:
    delivery = attempted(Answer(status))
    assert (delivery.state, delivery.attempts) == (state, 1)


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        ("120", 120, 120),
        ("Thu, 01 Jan 2026 12:01:01 GMT", 60, 60),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 2.5, 5),
        ("soon", 2.5, 5),
        ("-5", 2.5, 5),
        (None, 2.5, 5),
        ("9" * 400, 86_400, 86_400),
    ],
)
def test_a_throttled_target_is_left_alone_for_as_long_as_it_asks(
    retry_after: str | None, least: float, most: float
) -> None:
    delivery = attempted(Answer(429, retry_after))
    pause = (delivery.next_attempt_at - delivery.updated_at).total_seconds()
    assert least <= pause <= most
    other = planned([alert("other")])[0]
    assert due([delivery, other], delivery.next_attempt_at - timedelta(seconds=1)) == []
    assert next_moment([delivery, other]) == delivery.next_attempt_at
    assert due([delivery, other], delivery.next_attempt_at) == [delivery, other]


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [
        (one.next_attempt_at - one.updated_at).total_seconds()
        for one in (attempted(Answer(500), n) for n in range(40))
    ]
    for attempts, pause in enumerate(pauses):
        longest = min(3600.0, 5.0 * 2**attempts)
        assert longest / 2 <= pause <= longest


def test_an_old_message_is_given_up() -> None:
    [delivery] = planned([alert()])
    late = NOW + timedelta(days=1)
    assert after(delivery, Answer(500), PATIENCE, late, random.Random(0)).state == "abandoned"
    assert after(delivery, Answer(200), PATIENCE, late, random.Random(0)).state == "delivered"


def test_an_end_waits_for_its_beginning_and_others_do_not() -> None:
    begin, end, other = planned([alert("a"), alert("a", "resolved", at=1), alert("b")])
    waiting = replace(begin, next_attempt_at=NOW + timedelta(minutes=5), attempts=1)
    assert due([waiting, end, other], NOW) == [other]
    assert due([begin, end, other], NOW) == [begin, other]


def test_a_limit_holds_over_any_minute() -> None:
    limit = Limit(3)
    limit.remember([0.0, 1.0])
    assert limit.wait(2.0) == 0
    limit.spend(2.0)
    assert limit.wait(30.0) == 30.0
    assert limit.wait(60.0) == 0
