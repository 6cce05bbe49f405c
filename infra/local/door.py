"""Access control of the local stack's HTTP servers: programs on this machine, and whoever has the
password.

Programs need no password: ``curl`` and every ClickHouse client work as they are, and a program that
runs here as the person who started the stack could read the password anyway. Other people's
programs on a shared machine get in, too: loopback has no owner. The password, which
``undertone up`` makes and ``undertone status`` shows, is for requests that come from a browser,
through a proxy or under another name than this machine's. Any site could have made those, and
without it they are refused. Content types of forms tell nothing: curl and urllib send them too.
"""

from __future__ import annotations

import argparse
import hmac
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import BasicAuth, web
from aiohttp.typedefs import Middleware

from infra.browsers import from_another_page, names_this_machine, proxied

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refuse = Callable[[str], web.StreamResponse]
PASSWORD_FILE = "password"


def server_options(description: str, port: int) -> argparse.Namespace:
    """Options of a server of the local stack, from its command line: ``port``, ``data`` and
    ``password_file``.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--password-file",
        type=Path,
        help="File that holds the password; without one, requests from browsers are refused.",
    )
    return parser.parse_args()


def read_password(file: Path | None) -> str | None:
    """The password in a file; None where there is no file or nothing in it."""
    try:
        return file.read_text(encoding="ascii").strip() or None if file else None
    except FileNotFoundError:
        return None


def make_password(data_dir: Path) -> Path:
    """Create the password unless it exists, and return its file, readable by its owner only."""
    file = data_dir / PASSWORD_FILE
    if read_password(file) is None:
        file.unlink(missing_ok=True)
        with os.fdopen(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
        ) as out:
            out.write(secrets.token_urlsafe(24) + "\n")
    return file


def door(password: str | None, refuse: Refuse) -> Middleware:
    """aiohttp middleware of the access control. Without a ``password`` none is accepted."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        reason = _objection(request, password)
        response = refuse(reason) if reason else await handler(request)
        response.headers["X-Content-Type-Options"] = (
            "nosniff"  # an answer is data, whatever a browser would make of it
        )
        return response

    return guard


def _objection(request: web.Request, password: str | None) -> str | None:
    given = _given(request.headers, request.query)
    if given and password is not None:
        return (
            None
            if hmac.compare_digest(given.encode(), password.encode())
            else "the password is not that of this stack"
        )
    if not names_this_machine(request.headers):
        return "without the password this answers as 127.0.0.1 or localhost only"
    if from_another_page(request.headers):
        return "without the password web pages are not answered"
    header = proxied(request.headers)
    return (
        f"without the password nothing that came through a proxy is answered ({header})"
        if header
        else None
    )


def _given(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """The password as ClickHouse takes it, in a header, in the address or as Basic, which
    registries take too; "" for none.
    """
    given = headers.get("X-ClickHouse-Key") or query.get("password", "")
    if not given and headers.get("Authorization", "").lower().startswith("basic "):
        try:
            given = BasicAuth.decode(headers["Authorization"]).password
        except ValueError:
            return "?"
    return given
