"""Authentication, authorization and rate limiting of requests: API keys, bearer tokens and
scopes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request

from infra.browsers import from_another_page, names_this_machine, proxied
from streams.gateway.api_key_file import KeyRing
from streams.gateway.core.api_keys import KeyRefused, Scope, find
from streams.gateway.core.problems import Problem
from streams.gateway.core.token_buckets import Buckets
from streams.gateway.oidc_tokens import Tokens

OWN: Final = "ut_"
FAILURES_PER_S: Final = 1.0
CHARACTERS: Final = 10_000
"""Of a text that counts as one review against the rate limit; a longer one counts as several."""


@dataclass(frozen=True, slots=True)
class Caller:
    """``key`` names what it came with, in the audit log; ``client`` who it is, whichever of its
    keys it used.
    """

    key: str
    client: str
    scopes: frozenset[Scope]


@dataclass(slots=True)
class Admission:
    """A request that may go on."""

    caller: Caller
    buckets: Buckets
    headers: dict[str, str] = field(default_factory=dict)

    def charge_texts(self, lengths: Sequence[int]) -> None:
        """Take for each text as many as it has times ``CHARACTERS``, one less in all, which
        ``admit`` took. What is more than any caller may send at once costs all of that."""
        self.charge(
            min(sum(max(1, -(-length // CHARACTERS)) for length in lengths), self.buckets.burst) - 1
        )

    def charge(self, reviews: int) -> None:
        """Take so many from the caller's allowance. Raises ``Problem`` where it has no more."""
        allowance = self.buckets.take(self.caller.key, reviews, time.monotonic())
        self.headers |= self.buckets.headers(allowance)
        if allowance.wait_s:
            raise Problem(
                "rate_limited", "retry after the time given in Retry-After", headers=self.headers
            )


class Gate:
    """Authentication and rate limits. With neither keys nor an issuer, every local caller has all
    scopes.
    """

    def __init__(
        self, ring: KeyRing, tokens: Tokens | None, buckets: Buckets, wrong_keys: int
    ) -> None:
        self._ring, self._tokens, self._buckets = ring, tokens, buckets
        self._failures = Buckets(FAILURES_PER_S, wrong_keys)

    @property
    def open(self) -> bool:
        """Whether no key is asked for. The first one that is made closes the gate, and it stays
        closed.
        """
        return self._tokens is None and not self._ring()

    async def admit(self, request: Request, scope: Scope) -> Admission:
        """Admit a request. Raises ``Problem`` where the caller lacks permission."""
        if self.open:
            _require_local(request)
            caller = Caller(f"open:{_address(request)}", "open", frozenset(Scope))
        else:
            caller = await self._caller(request)
        if scope not in caller.scopes:
            raise Problem("forbidden", f"the scope {scope} is required")
        admission = Admission(caller, self._buckets)
        request.state.admission = admission
        admission.charge(1)
        return admission

    async def close(self) -> None:
        """Give the connections to the issuer back."""
        if self._tokens is not None:
            await self._tokens.close()

    async def _caller(self, request: Request) -> Caller:
        try:
            return await self._identify(request)
        except KeyRefused as refusal:
            allowance = self._failures.take(_address(request), 1, time.monotonic())
            if allowance.wait_s:
                headers = self._failures.headers(allowance)
                raise Problem(
                    "rate_limited", "too many calls without a valid key", headers=headers
                ) from None
            challenge = {"WWW-Authenticate": 'Bearer realm="undertone"'}
            raise Problem("unauthenticated", str(refusal), headers=challenge) from None

    async def _identify(self, request: Request) -> Caller:
        credential = _credential(request)
        if self._tokens is not None and not credential.startswith(OWN):
            subject, scopes = await self._tokens.check(credential, time.monotonic())
            return Caller(subject, subject, scopes)
        entry = find(credential, self._ring(), datetime.now(UTC))
        return Caller(entry.key_id, entry.client, entry.scopes)


def _credential(request: Request) -> str:
    given = [value.strip() for value in request.headers.getlist("x-api-key")]
    for value in request.headers.getlist("authorization"):
        scheme, _, credential = value.partition(" ")
        if scheme.lower() != "bearer":
            raise KeyRefused("Authorization is not Bearer")
        given.append(credential.strip())
    if not given:
        raise KeyRefused("send a key as Authorization: Bearer, or as X-API-Key")
    if len(set(given)) > 1:
        raise KeyRefused("more than one key was sent")
    return given[0]


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _require_local(request: Request) -> None:
    """An open gateway is for programs of this machine and its own console: see ``infra.browsers``.
    Raises ``Problem``.
    """
    if not names_this_machine(request.headers):
        raise Problem("wrong_host", "a gateway without keys answers only as 127.0.0.1 or localhost")
    if header := proxied(request.headers):
        raise Problem(
            "behind_proxy",
            (
                f"the header {header} was set by a proxy, whose clients could call a gateway "
                "without keys: create a key"
            ),
        )
    if from_another_page(request.headers):
        raise Problem(
            "foreign_page",
            "a gateway without keys does not answer requests from pages of other servers",
        )
