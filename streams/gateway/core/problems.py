"""RFC 9457 problem details: the body of every response that reports an error.

https://www.rfc-editor.org/rfc/rfc9457. ``type`` is ``urn:undertone:problem:<code>``, and ``code``
is stable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.responses import Response

from schemas import reasons

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 1

KINDS: Final[Mapping[str, tuple[int, str]]] = {
    "bad_request": (400, "Malformed request"),
    "bad_json": (400, "The body is not valid JSON in UTF-8"),
    "unauthenticated": (401, "No valid API key or token"),
    "forbidden": (403, "The key lacks the required scope"),
    "behind_proxy": (403, "A gateway without keys does not answer requests through a proxy"),
    "foreign_page": (403, "The request comes from a page of another server"),
    "not_found": (404, "Not found"),
    "method_not_allowed": (405, "The path does not support this method"),
    "too_slow": (408, "The request took too long to arrive"),
    "key_in_use": (409, "A request with this Idempotency-Key is in progress"),
    "too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body is not declared as JSON"),
    "wrong_host": (421, "The request is for another host"),
    "bad_request_form": (422, "The request does not match its schema"),
    "key_reused": (422, "This Idempotency-Key was used with another body"),
    reasons.BAD_SCHEMA: (422, "The review does not match its schema"),
    reasons.EMPTY_TEXT: (422, "The text is empty after cleaning"),
    reasons.TOO_LONG: (422, "The text is too long"),
    reasons.UNSUPPORTED_LANGUAGE: (422, "No model serves this language"),
    reasons.PROCESSING_ERROR: (422, "A stage failed on this review"),
    "rate_limited": (429, "The rate limit is exceeded"),
    "headers_too_large": (431, "The headers are too large"),
    "internal": (500, "The gateway failed"),
    "overloaded": (503, "The gateway is overloaded"),
    "deadline": (503, "The response deadline was exceeded"),
    "unavailable": (503, "A server behind the gateway cannot be reached"),
}
"""Code → status and title."""

BY_STATUS: Final = {
    400: "bad_request", 401: "unauthenticated", 403: "forbidden", 404: "not_found",
    405: "method_not_allowed", 408: "too_slow",
    413: "too_large", 415: "unsupported_media_type", 422: "bad_request_form", 429: "rate_limited",
    431: "headers_too_large",
    503: "unavailable",
}  # fmt: skip
"""The code of an error of which only the status is known."""


@dataclass(eq=False)
class Problem(Exception):
    """Ends a request. ``detail`` and ``errors`` never quote what was sent; ``errors`` are
    {"pointer", "detail"}.
    """

    code: str
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.code][0]

    def document(self) -> dict[str, Any]:
        """The problem as JSON."""
        status, title = KINDS[self.code]
        document = {
            "type": f"urn:undertone:problem:{self.code}",
            "title": title,
            "status": status,
            "detail": self.detail,
            "code": self.code,
        }
        return document | {"errors": list(self.errors)} if self.errors else document

    def response(self) -> Response:
        """The answer; those that may be tried again say when."""
        headers = dict(self.headers)
        if self.status == 503:
            headers.setdefault("Retry-After", str(RETRY_AFTER_S))
        return Response(orjson.dumps(self.document()), self.status, headers, MEDIA_TYPE)
