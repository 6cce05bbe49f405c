"""Settings of alerts: the rules of the business and the webhooks. Part of ``infra.settings``, which
reads them.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from infra.section import Seconds, Section


class RuleSettings(Section):
    """Alert rules of the business, declared in a file or built in."""

    file: Path | None = Field(
        None,
        description=(
            "TOML file of alert rules; without one only the built-in rules are evaluated."
        ),
    )
    every_s: Seconds = Field(10.0, description="Interval between two queries for new reviews.")
    lateness_s: float = Field(
        5.0,
        ge=0,
        description="Time after scoring by which a review is certain to be stored in ClickHouse.",
    )
    product_fall: float = Field(
        0.2,
        gt=0,
        lt=1,
        description=(
            "Fall of a product's share of positive reviews that the built-in rule must detect."
        ),
    )
    product_history: int = Field(
        200,
        ge=20,
        description="Minimum number of reviews of a product before the built-in rule "
        "applies to it.",
    )
    product_examples: int = Field(
        3,
        ge=0,
        le=10,
        description="Maximum number of masked negative reviews quoted in an alert about a product "
        "or one of its aspects.",
    )
    aspect_fall: float = Field(
        0.3,
        gt=0,
        lt=1,
        description="Rise of the share of negative reviews among those of a product that name an "
        "aspect, which the built-in rule must detect.",
    )
    aspect_history: int = Field(
        50,
        ge=20,
        description="Minimum number of reviews of a product that name an aspect before the "
        "built-in rule applies to the aspect.",
    )


class WebhookSettings(Section):
    """Webhook target. Its URL is a secret too: whoever knows a Slack URL may write to the
    channel."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        max_length=64,
        description="Name of the webhook target in logs and tables.",
    )
    url: SecretStr = Field(description="URL of the webhook target, which is treated as a secret.")
    body: Literal["generic", "slack", "alertmanager"] = Field(
        "generic",
        description="Format of the request body: generic (the Alert record as JSON), slack, or "
        "alertmanager (for its /api/v2/alerts).",
    )
    secrets: tuple[SecretStr, ...] = Field(
        (),
        description=(
            "Signing secrets (whsec_…); each of them signs every message, so that they can be "
            "rotated."
        ),
    )
    min_severity: Literal["info", "warning", "critical"] = Field(
        "info", description="Least severity of the alerts that are sent to the target."
    )
    max_per_minute: int = Field(
        60,
        ge=1,
        description="Rate limit of the target in messages per minute; further messages wait.",
    )

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("not an http:// or https:// address")
        return value

    @field_validator("secrets")
    @classmethod
    def _signing_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in value:
            prefix, _, key = secret.get_secret_value().rpartition("whsec_")
            try:
                length = len(base64.b64decode(key, validate=True))
            except binascii.Error:
                length = 0
            if prefix or not 24 <= length <= 64:
                raise ValueError("a secret is whsec_ and 24 to 64 bytes in base64")
        return value


class AlertSettings(Section):
    """Delivery of alerts to webhooks, with retries and grouping."""

    webhooks: tuple[WebhookSettings, ...] = Field(
        (), description="Webhook targets; in the environment, a JSON list of objects."
    )
    timeout_s: Seconds = Field(15.0, description="Timeout of a request to a webhook target.")
    first_retry_s: Seconds = Field(
        5.0,
        description=(
            "Pause before the first retry of a webhook request; it doubles with every attempt."
        ),
    )
    max_retry_s: Seconds = Field(
        3600.0, description="Upper bound of the pause between two attempts."
    )
    give_up_after_s: Seconds = Field(
        259_200.0, description="Age at which an undelivered message is abandoned."
    )
    group_wait_s: Seconds = Field(
        2.0,
        description=(
            "Time within which alerts of one rule are grouped into one message to Slack or "
            "Alertmanager."
        ),
    )
    repeat_after_s: Seconds = Field(
        14_400.0, description="Minimum time between two notifications of a condition that persists."
    )

    @field_validator("webhooks")
    @classmethod
    def _distinct(cls, value: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
        if len({webhook.name for webhook in value}) < len(value):
            raise ValueError("two webhooks have the same name")
        return value
