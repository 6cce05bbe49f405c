"""Settings of the HTTP gateway. Part of ``infra.settings``, which reads them."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from infra.section import Seconds, Section

MAX_REVIEWS = 256
"""Reviews in one request."""

HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]


class GatewaySettings(Section):
    """HTTP gateway: address, authentication, rate limits and request limits."""

    host: str = Field(
        "127.0.0.1",
        description=(
            "Address that the gateway listens on; without API keys or OIDC it must be a "
            "loopback address."
        ),
    )
    port: int = Field(
        8000, ge=0, le=65535, description="Port that the gateway listens on; 0 takes any free port."
    )

    keys_file: Path = Field(
        Path(".undertone/gateway-keys.json"),
        description="File that holds the SHA-256 hashes of API keys; `undertone keys` manages it.",
    )
    oidc_jwks_url: HttpUrl | None = Field(
        None,
        description=(
            "URL of the JSON Web Key Set of an OpenID Connect issuer whose bearer tokens "
            "are accepted besides API keys."
        ),
    )
    oidc_issuer: str = Field("", description="Required value of the iss claim of a bearer token.")
    oidc_audience: str = Field(
        "", description="Value that the aud claim of a bearer token must contain."
    )
    oidc_scopes_claim: str = Field(
        "scope",
        description=(
            "Claim of a bearer token that holds its scopes, as a list or separated by spaces."
        ),
    )
    oidc_scope_prefix: str = Field(
        "undertone:",
        description="Prefix of the scopes predict, write and read in the scopes claim.",
    )

    rate_per_s: Seconds = Field(
        200.0,
        description=(
            "Sustained rate limit of one caller, in reviews per second; any other call "
            "counts as one review."
        ),
    )
    burst: int = Field(
        1000,
        ge=MAX_REVIEWS,
        description=(
            "Burst size of the rate limit: reviews that a caller may send at once after a pause."
        ),
    )

    wrong_keys: int = Field(
        20,
        ge=1,
        description=(
            "Calls without a valid key that one address may make in a burst, after which "
            "one per second is answered."
        ),
    )

    max_batch: int = Field(
        32,
        ge=1,
        le=MAX_REVIEWS,
        description="Maximum number of reviews scored together, whichever requests they came in.",
    )
    max_wait_ms: float = Field(
        2.0,
        ge=0,
        le=1000,
        description="Longest time that the first review of a batch waits for others.",
    )
    max_waiting: int = Field(
        512,
        ge=MAX_REVIEWS,
        description=(
            "Maximum number of reviews waiting to be scored; further requests are refused "
            "with status 503."
        ),
    )
    max_requests: int = Field(
        512,
        ge=1,
        description=(
            "Maximum number of requests in progress; further requests are refused with status 503."
        ),
    )
    max_connections: int = Field(
        1024,
        ge=1,
        description="Maximum number of open connections; further ones are refused with status 503.",
    )
    deadline_s: Seconds = Field(
        30.0,
        description=(
            "Time within which a request must be answered, after which it fails with status 503."
        ),
    )

    max_body_bytes: int = Field(
        4 * 2**20, ge=1024, description="Maximum size of a request body in bytes."
    )
    header_timeout_s: Seconds = Field(
        5.0, description="Time within which a request's line and headers must arrive."
    )
    body_timeout_s: Seconds = Field(
        15.0, description="Time within which a request's body must arrive after its headers."
    )
    keep_alive_s: int = Field(
        15, ge=1, description="Time that an idle connection stays open between requests."
    )

    idempotency_s: Seconds = Field(
        86_400.0, description="Time for which the answer to an Idempotency-Key is kept."
    )
    idempotency_keys: int = Field(
        10_000,
        ge=1,
        description=(
            "Maximum number of Idempotency-Keys that are kept; the oldest are dropped first."
        ),
    )

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @field_validator("oidc_scopes_claim")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value:
            raise ValueError("is empty")
        return value

    @model_validator(mode="after")
    def _whole(self) -> GatewaySettings:
        if self.oidc_jwks_url and not (self.oidc_issuer and self.oidc_audience):
            raise ValueError("oidc_jwks_url needs oidc_issuer and oidc_audience")
        return self
