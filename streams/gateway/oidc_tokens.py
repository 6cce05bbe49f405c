"""OpenID Connect: verification of bearer tokens (JWT) signed by another server.

The issuer's public keys are fetched where a token names one that is not known yet, and not more
often than every ``PAUSE_S``: tokens with made-up key ids must not become requests to the issuer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

import httpx
import jwt

from infra.settings import GatewaySettings
from streams.gateway.core.api_keys import KeyRefused, Scope
from streams.gateway.core.problems import Problem

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
"""Signatures by a private key. Never ``none``, nor HS256 with a public key as the secret."""

LEEWAY_S: Final = 30
PAUSE_S: Final = 30.0
FRESH_S: Final = 3600.0
"""Keys older than this are fetched again, so that one the issuer withdrew is not taken for ever."""

log = logging.getLogger("undertone.gateway")


class Tokens:
    """Checks tokens of one issuer."""

    def __init__(self, settings: GatewaySettings, client: httpx.AsyncClient) -> None:
        self._settings, self._client = settings, client
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def check(self, token: str, now: float) -> tuple[str, frozenset[Scope]]:
        """The subject of a valid token, and what it may do. ``now``: seconds on any monotonic
        clock.

        Raises ``KeyRefused``, or ``Problem`` (unavailable) where cannot fetch the issuer's keys.
        """
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid"), now)
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self._settings.oidc_issuer,
                audience=self._settings.oidc_audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise KeyRefused("the token is expired") from None
        except jwt.PyJWTError as error:
            raise KeyRefused(f"the token is not valid: {type(error).__name__}") from None
        return f"oidc:{claims['sub']}", self._scopes(claims)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    def _scopes(self, claims: Mapping[str, Any]) -> frozenset[Scope]:
        claim = claims.get(self._settings.oidc_scopes_claim) or ()
        named = (
            claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else ()
        )
        return frozenset(
            scope for scope in Scope if self._settings.oidc_scope_prefix + scope in named
        )

    async def _key(self, key_id: str | None, now: float) -> jwt.PyJWK:
        async with self._fetching:
            wanted = key_id not in self._keys or now - self._fetched > FRESH_S
            if wanted and now - self._tried > PAUSE_S:
                self._tried = now
                await self._fetch(now)
        if key_id in self._keys:
            return self._keys[key_id]
        if not self._keys:
            raise Problem("unavailable", "cannot fetch the issuer's keys")
        raise KeyRefused("the token is signed with a key that the issuer does not have")

    async def _fetch(self, now: float) -> None:
        assert self._settings.oidc_jwks_url is not None
        try:
            answer = (await self._client.get(self._settings.oidc_jwks_url)).raise_for_status()
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        except (httpx.HTTPError, ValueError, AttributeError, jwt.PyJWTError) as error:
            log.warning("cannot fetch the issuer's keys: %s", type(error).__name__)
            return
        self._keys, self._fetched = {key.key_id: key for key in keys}, now
