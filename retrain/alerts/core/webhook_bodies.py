"""Webhook bodies: the JSON of alerts for each kind of receiver."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import orjson

from schemas.records import Alert

Format = Literal["generic", "slack", "alertmanager"]
Render = Callable[[Sequence[Alert]], Any]

LASTS: Final = timedelta(days=30)
"""Alertmanager takes an alert for resolved that nobody repeats, unless it says when it ends: as
late as the topic keeps it.
"""
SLACK_TEXT: Final = 2900
"""Characters in a section of a Slack message: it takes 3,000, and the ellipsis is ours."""
JOINER: Final = "\u2060"
MARKUP: Final = re.compile(r"[*_~`:@#]")
ADDRESS: Final = re.compile(r"(\w\.)(?=[^\W\d])")
"""A full stop within a word, as in example.com."""
SYMBOLS: Final = {
    "critical": ":red_circle:",
    "warning": ":large_orange_circle:",
    "info": ":large_blue_circle:",
}


def render(body: Format, alerts: Sequence[Alert]) -> str:
    """The body of one message; ``generic`` takes exactly one alert."""
    return orjson.dumps(RENDERERS[body](alerts), option=orjson.OPT_UTC_Z).decode()


def _generic(alerts: Sequence[Alert]) -> Any:
    """The record as it is."""
    [alert] = alerts
    return asdict(alert)


def _slack(alerts: Sequence[Alert]) -> Any:
    """https://api.slack.com/messaging/webhooks; ``text`` is what notifications show."""
    return {
        "text": _cut("\n".join(_headline(alert) for alert in alerts)),
        "blocks": [_section(alert) for alert in alerts],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _headline(alert: Alert) -> str:
    symbol = (
        ":large_green_circle:" if alert.status == "resolved" else SYMBOLS.get(alert.severity, "")
    )
    return f"{symbol} *{alert.status.upper()}* {_escaped(alert.summary)}"


def _section(alert: Alert) -> Any:
    labels = " ".join(
        f"`{_escaped(name)}={_escaped(value)}`" for name, value in sorted(alert.labels.items())
    )
    lines = [_headline(alert), _escaped(alert.description), labels]
    text = _cut("\n".join(line for line in lines if line))
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _escaped(text: str) -> str:
    """Text that Slack shows as it is: no link, mention, emphasis, emoji or line of its own.

    https://api.slack.com/reference/surfaces/formatting#escaping knows only &, < and >. What else
    Slack reads as markup, and addresses, which it makes links of by itself, it no longer does with
    a word joiner, which nobody sees, between the characters.
    """
    plain = " ".join(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").split())
    return ADDRESS.sub(rf"\1{JOINER}", MARKUP.sub(rf"{JOINER}\g<0>{JOINER}", plain))


def _cut(text: str) -> str:
    return text if len(text) <= SLACK_TEXT else text[:SLACK_TEXT] + "…"


def _alertmanager(alerts: Sequence[Alert]) -> Any:
    """``postableAlerts`` of
    https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
    """
    return [
        {
            "labels": _labels(alert),
            "annotations": {
                "summary": alert.summary,
                "description": alert.description,
                "fingerprint": alert.fingerprint,
            },
            "startsAt": alert.started_at,
            "endsAt": _end(alert),
        }
        for alert in alerts
    ]


def _end(alert: Alert) -> datetime:
    return alert.ended_at or (
        alert.created_at if alert.status == "resolved" else alert.created_at + LASTS
    )


def _labels(alert: Alert) -> dict[str, str]:
    """Alertmanager refuses names that are no identifiers, and knows an alert by its labels:
    severity is one, so it stays.
    """
    named = {
        re.sub(r"\A(?=\d)|\W", "_", name, flags=re.ASCII): value
        for name, value in alert.labels.items()
        if name and value
    }
    return named | {"alertname": alert.name, "severity": alert.severity}


RENDERERS: Final[dict[Format, Render]] = {
    "generic": _generic,
    "slack": _slack,
    "alertmanager": _alertmanager,
}
