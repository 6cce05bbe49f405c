"""Bearer tokens of an OpenID Connect issuer: a real key pair, real tokens, and a server that has
the public keys.
"""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.settings import GatewaySettings
from streams.gateway.core.api_keys import KeyRefused, Scope
from streams.gateway.core.problems import Problem
from streams.gateway.oidc_tokens import PAUSE_S, Tokens
from tests.unit.streams.gateway.inside import app_of, client_of, settings_of

ISSUER, AUDIENCE = "https://issuer.example.org/", "undertone"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Issuer:
    """Serves public keys; counts how often it was asked."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    asked: int = 0


def public(private: Any, key_id: str) -> dict[str, Any]:
    algorithm = (
        jwt.algorithms.RSAAlgorithm
        if isinstance(private, rsa.RSAPrivateKey)
        else jwt.algorithms.ECAlgorithm
    )
    key: dict[str, Any] = json.loads(algorithm.to_jwk(private.public_key()))
    return key | {"kid": key_id, "use": "sig"}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    told = Issuer(keys=[public(RSA, "rsa"), public(EC, "ec")])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked += 1
            body = json.dumps({"keys": told.keys}).encode()
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Not in the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        told.url = f"http://127.0.0.1:{server.server_port}/jwks"
        yield told
        server.shutdown()


def settings_for(issuer: Issuer) -> dict[str, str]:
    return {"oidc_jwks_url": issuer.url, "oidc_issuer": ISSUER, "oidc_audience": AUDIENCE}


@pytest_asyncio.fixture
async def tokens(issuer: Issuer) -> AsyncIterator[Tokens]:
    tokens = Tokens(GatewaySettings.model_validate(settings_for(issuer)), httpx.AsyncClient())
    yield tokens
    await tokens.close()


def token(
    private: Any = RSA, key_id: str | None = "rsa", algorithm: str = "RS256", **claims: Any
) -> str:
    now = int(time.time())
    whole = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada",
        "exp": now + 600,
        "scope": "openid undertone:predict undertone:read",
    }
    headers = {"kid": key_id} if key_id else None
    present = {name: value for name, value in (whole | claims).items() if value is not None}
    return jwt.encode(present, private, algorithm, headers=headers)


async def test_a_token_of_the_issuer_says_who_it_is_and_what_they_may_do(tokens: Tokens) -> None:
    assert await tokens.check(token(), 0.0) == ("oidc:ada", frozenset({Scope.PREDICT, Scope.READ}))
    assert await tokens.check(token(EC, "ec", "ES256"), 0.0) == (
        "oidc:ada",
        frozenset({Scope.PREDICT, Scope.READ}),
    )


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (["undertone:write"], {Scope.WRITE}),
        ("undertone:write", {Scope.WRITE}),
        ("write predict", set()),
        ("undertone:admin", set()),
        (None, set()),
        (7, set()),
    ],
)
async def test_only_scopes_with_our_prefix_count(
    tokens: Tokens, scope: Any, allowed: set[Scope]
) -> None:
    assert (await tokens.check(token(scope=scope), 0.0))[1] == allowed


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: token(exp=int(time.time()) - 120), id="expired"),
        pytest.param(lambda: token(nbf=int(time.time()) + 600), id="not yet valid"),
        pytest.param(lambda: token(iss="https://elsewhere.example.org/"), id="another issuer"),
        pytest.param(lambda: token(aud="another service"), id="another audience"),
        pytest.param(lambda: token(exp=None), id="for ever"),
        pytest.param(lambda: token(sub=None), id="nobody"),
        pytest.param(lambda: token(OTHER), id="another's signature"),
        pytest.param(lambda: token(OTHER, "other"), id="a key that the issuer does not have"),
        pytest.param(lambda: token(key_id=None), id="no key"),
        pytest.param(lambda: token(RSA, "ec"), id="the wrong kind of key"),
        pytest.param(lambda: token(None, "rsa", "none"), id="not signed"),
        pytest.param(
            lambda: hmac_with_the_public_key(), id="signed with the public key as a secret"
        ),
        pytest.param(lambda: token()[:-3], id="cut off"),
        pytest.param(lambda: "x.y.z", id="no token"),
        pytest.param(lambda: "", id="nothing"),
    ],
)
async def test_whatever_else_is_refused(tokens: Tokens, made: Any) -> None:
    with pytest.raises(KeyRefused):
        await tokens.check(made(), 0.0)


def hmac_with_the_public_key() -> str:
    """What a verifier that lets the token choose the algorithm would take."""
    secret = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = token().split(".")[1]
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa","typ":"JWT"}').rstrip(b"=")
    signed = header + b"." + claims.encode()  # by hand: PyJWT would not sign with such a secret
    signature = base64.urlsafe_b64encode(hmac.digest(secret, signed, "sha256")).rstrip(b"=")
    return (signed + b"." + signature).decode()


async def test_keys_are_fetched_once_and_for_an_unknown_one_not_more_than_now_and_then(
    tokens: Tokens, issuer: Issuer
) -> None:
    for _ in range(5):
        await tokens.check(token(), 0.0)
    for n in range(5):
        with pytest.raises(KeyRefused):
            await tokens.check(token(OTHER, f"made-up-{n}"), 1.0)
    assert issuer.asked == 1


async def test_a_new_key_of_the_issuer_is_found_and_an_old_one_goes(
    tokens: Tokens, issuer: Issuer
) -> None:
    await tokens.check(token(), 0.0)
    issuer.keys = [public(OTHER, "new")]
    assert (await tokens.check(token(OTHER, "new"), PAUSE_S + 1))[0] == "oidc:ada"
    with pytest.raises(KeyRefused):
        await tokens.check(token(), PAUSE_S + 2)


async def test_an_issuer_that_is_away_is_a_reason_to_try_again_only_where_no_key_is_known(
    tokens: Tokens, issuer: Issuer
) -> None:
    issuer.status = 500
    with pytest.raises(Problem, match="unavailable"):
        await tokens.check(token(), 0.0)
    issuer.status = 200
    await tokens.check(token(), PAUSE_S + 1)
    issuer.status = 500
    await tokens.check(token(), 10_000.0)


async def test_tokens_open_the_gateway_which_is_closed_without_keys_too(
    issuer: Issuer, tmp_path: Path
) -> None:
    async with client_of(
        app_of(settings_of(tmp_path, host="0.0.0.0", **settings_for(issuer)))
    ) as client:

        async def status(method: str, path: str, bearer: str | None) -> int:
            headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
            return (await client.request(method, path, headers=headers)).status_code

        assert await status("GET", "/api/v1/models", None) == 401
        assert await status("GET", "/api/v1/models", token()) == 200
        assert await status("POST", "/api/v1/feedback", token()) == 403
        assert await status("GET", "/api/v1/models", token(OTHER)) == 401
        assert await status("GET", "/api/v1/models", f"ut_{'a' * 10}_{'b' * 43}") == 401


@pytest.mark.parametrize("missing", ["oidc_issuer", "oidc_audience"])
def test_an_issuer_without_a_name_or_an_audience_is_no_setting(missing: str) -> None:
    whole = {
        "oidc_jwks_url": "https://issuer.example.org/jwks",
        "oidc_issuer": ISSUER,
        "oidc_audience": AUDIENCE,
    }
    with pytest.raises(ValueError, match="oidc_jwks_url needs"):
        GatewaySettings.model_validate(whole | {missing: ""})
