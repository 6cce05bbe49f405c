"""Settings of the gateway, the HTTP door. Part of ``infra.settings``, which reads them."""

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
    """Where the gateway listens, who may call, and how much of what it takes."""

    host: str = Field("127.0.0.1", description="without keys and without OIDC only a loopback address is taken")
    port: int = Field(8000, ge=0, le=65535, description="0 takes any free port")

    keys_file: Path = Field(Path(".undertone/gateway-keys.json"), description="hashes of API keys; see `undertone keys`")
    oidc_jwks_url: HttpUrl | None = Field(None, description="keys of an OpenID Connect issuer, whose bearer tokens are taken too")
    oidc_issuer: str = Field("", description="what a token's iss must be")
    oidc_audience: str = Field("", description="what a token's aud must hold")
    oidc_scopes_claim: str = Field("scope", description="claim that holds the scopes, as a list or separated by spaces")
    oidc_scope_prefix: str = Field("undertone:", description="what stands before predict, write, read in that claim")

    rate_per_s: Seconds = Field(200.0, description="reviews a second that one caller may send for long; other calls count as one")
    burst: int = Field(1000, ge=MAX_REVIEWS, description="and how many at once after a rest")

    wrong_keys: int = Field(20, ge=1, description="calls at once without a valid key, from one address; then one a second")

    max_batch: int = Field(32, ge=1, le=MAX_REVIEWS, description="reviews scored together, whoever sent them")
    max_wait_ms: float = Field(2.0, ge=0, le=1000, description="how long the first review of a batch waits for others")
    max_waiting: int = Field(512, ge=MAX_REVIEWS, description="reviews that may wait to be scored; more are refused with 503")
    max_requests: int = Field(512, ge=1, description="requests in work at once; more are refused with 503")
    max_connections: int = Field(1024, ge=1, description="connections at once; more are refused with 503")
    deadline_s: Seconds = Field(30.0, description="an answer that takes longer is a 503")

    max_body_bytes: int = Field(4 * 2**20, ge=1024, description="the largest request body")
    header_timeout_s: Seconds = Field(5.0, description="a request's line and headers must have come by then")
    body_timeout_s: Seconds = Field(15.0, description="and then its body by then")
    keep_alive_s: int = Field(15, ge=1, description="how long an idle connection stays open")

    idempotency_s: Seconds = Field(86_400.0, description="how long an Idempotency-Key is remembered")
    idempotency_keys: int = Field(10_000, ge=1, description="and how many of them; the oldest are forgotten first")

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
