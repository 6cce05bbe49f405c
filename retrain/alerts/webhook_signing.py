"""Standard Webhooks signatures: the headers of a message.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretStr
from standardwebhooks import Webhook


def headers(
    webhook_id: str, now: datetime, body: str, secrets: Sequence[SecretStr]
) -> dict[str, str]:
    """``now``, aware, is the time of the attempt. Each secret signs: while they are changed,
    receivers know one of them.
    """
    unsigned = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "content-type": "application/json",
    }
    if not secrets:
        return unsigned
    signatures = [
        Webhook(secret.get_secret_value()).sign(webhook_id, now, body) for secret in secrets
    ]
    return unsigned | {"webhook-signature": " ".join(signatures)}
