"""Protection of loopback servers against requests from web pages (CSRF and DNS rebinding), by three
request headers.

A page on any site can make the browser of whoever looks at it send requests to 127.0.0.1. It cannot
choose three headers. A name that was made to resolve to this machine (DNS rebinding) stands in
``Host``; ``Origin`` and ``Sec-Fetch-Site``, which programs do not send, say which page asks
(https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LOCAL_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
PROXY_HEADERS: Final = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    "x-forwarded-port", "x-forwarded-server",
    "x-forwarded-prefix", "x-real-ip", "x-original-host", "x-original-forwarded-for",
    "x-envoy-external-address",
    "true-client-ip", "cf-connecting-ip",
)  # fmt: skip
"""Headers that reverse proxies add. https://www.rfc-editor.org/rfc/rfc7239, RFC 9110 section 7.6.3,
and what is usual.
"""


def names_this_machine(headers: Mapping[str, str]) -> bool:
    """Whether ``Host`` is a loopback name. ``headers`` ignore case, as those of Starlette and
    aiohttp do.
    """
    host = headers.get("host", "").lower()
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name in LOCAL_NAMES


def from_another_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser sent it for a page that is not this server's own. What a person typed as an
    address is not.
    """
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"http://{headers.get('host', '').lower()}":
        return True
    return headers.get("sec-fetch-site", "none").lower() not in {"none", "same-origin"}


def proxied(headers: Mapping[str, str]) -> str | None:
    """The header by which a reverse proxy gave itself away: then the caller may be anywhere. None
    if there is none.
    """
    return next((name for name in PROXY_HEADERS if name in headers), None)
