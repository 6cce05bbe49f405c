"""Demo: runs the acts and evaluates the checks."""

from __future__ import annotations

import base64
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from infra.kafka.publisher import Publisher
from infra.local import stack
from infra.local.ports import free_port
from infra.settings import (
    AlertSettings,
    AspectSettings,
    DriftSettings,
    RetrainingSettings,
    RuleSettings,
    Settings,
    WebhookSettings,
    environment,
)
from infra.warehouse import connect
from streams.demo import headset, languages, movies, poison, tweets
from streams.demo.receiver import SECRET_PREFIX, Received, receiver
from streams.demo.sample import TWEETS, load
from streams.demo.stage import Stage
from streams.devstack import stack_applications

LIES = 2500
ADAPTABLE = "shipped:reviews-en,shipped:judge"
"""English by the model of films, which the loop adapts to tweets in act two; all else by the
multilingual model.
"""
ALERTS = 4
"""Of drift, of the promotion, of the candidate that was rejected and of the battery."""
# Minutes instead of hours, and hundreds of reviews instead of thousands.
DRIFT = DriftSettings(
    window_s=10.0,
    lateness_s=5.0,
    min_reviews=100,
    reference_reviews=1500,
    min_labels=50,
    segments=(),
    every_s=1.0,
)
RETRAINING = RetrainingSettings(
    cooldown_s=5.0, every_s=1.0, watch_s=10.0,
    shadow_s=2.0, shadow_reviews=100, canary=(0.2, 0.5), canary_s=2.0, canary_reviews=60,
)  # fmt: skip
RULES = RuleSettings(every_s=1.0, lateness_s=2.0)


def run_demo(settings: Settings, workers: int) -> bool:
    """True if every act ended as it should."""
    console = Console()
    data_dir = settings.local.data_dir / "demo"
    shutil.rmtree(data_dir, ignore_errors=True)
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()
    with receiver(secret) as (url, received):
        settings = stack_applications.settings_for(
            _hasty(settings, data_dir, url, secret), data_dir
        )
        with _stack(settings, workers, console), connect(settings.clickhouse) as warehouse:
            stage = Stage(console, settings, warehouse, Publisher(settings.kafka))
            reviews, others = load(), load(TWEETS)
            fine = (
                movies.play(stage, reviews)
                and languages.play(stage)
                and tweets.play(stage, others)
                and poison.play(stage, others[:LIES])
            )
            fine = headset.play(stage, received) and fine
            told = stage.wait(
                "waiting for the webhook to be told", lambda: len(received.alerts) >= ALERTS, 20
            )
            stage.publisher.close()
        _told(console, received)
        fine = (
            stage.check("people were told, by signed messages", told and not received.refused)
            and fine
        )
    console.print(
        f"\n{'[green]everything' if fine else '[red]not everything'} came out as it should[/]"
    )
    return fine


def _hasty(settings: Settings, data_dir: Path, url: str, secret: str) -> Settings:
    webhook = WebhookSettings(name="demo", url=SecretStr(url), secrets=(SecretStr(secret),))
    models = {
        "uri": settings.models.uri or ADAPTABLE,
        "tracking_uri": f"sqlite:///{data_dir}/mlflow.db",
        "cache_dir": data_dir / "models",
    }
    return settings.model_copy(
        update={
            "drift": DRIFT.model_copy(update={"reports_dir": data_dir / "drift"}),
            "retraining": RETRAINING,
            "aspects": AspectSettings(level="full"),
            "rules": RULES,
            "gateway": settings.gateway.model_copy(update=_open(data_dir)),
            "local": settings.local.model_copy(update={"gateway_port": free_port()}),
            "alerts": AlertSettings(webhooks=(webhook,), group_wait_s=0.5, first_retry_s=1.0),
            "models": settings.models.model_copy(update=models),
        }
    )


def _open(data_dir: Path) -> dict[str, object]:
    """A gateway for this machine alone, which asks for no key."""
    return {"host": "127.0.0.1", "keys_file": data_dir / "keys.json", "oidc_jwks_url": None}


@contextmanager
def _stack(settings: Settings, workers: int, console: Console) -> Iterator[None]:
    data_dir = settings.local.data_dir
    argv, show = (
        stack_applications.argv(settings, workers, loop=True, gateway=True),
        partial(console.print, style="dim", markup=False),
    )
    try:
        stack.start_detached(argv, data_dir, show, environment(settings))
        yield
    finally:
        console.print("[dim]stopping the stack[/dim]")
        stack.stop_stack(data_dir)


def _told(console: Console, received: Received) -> None:
    table = Table(
        "when", "severity", "what", title="What the webhook was told", title_justify="left"
    )
    for alert in received.alerts.values():
        table.add_row(alert["created_at"][11:19], alert["severity"], alert["summary"])
    console.print(table)
