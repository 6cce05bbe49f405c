"""Request body reader: checks content type, size and time limit before anything is parsed."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import Request

from streams.gateway.core.problems import Problem

JSON: Final = "application/json"


async def read_body(request: Request, max_bytes: int, timeout_s: float) -> bytes:
    """The whole body. Raises ``Problem``; ``ClientDisconnect`` where the client went away."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != JSON or _charset(parameters) not in {"", "utf-8"}:
        raise Problem(
            "unsupported_media_type",
            f"send Content-Type: {JSON}, in UTF-8",
            headers={"Accept": JSON},
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(
            "unsupported_media_type",
            "send the body without Content-Encoding",
            headers={"Accept-Encoding": "identity"},
        )
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
    except TimeoutError:
        raise Problem("too_slow", f"the body did not arrive within {timeout_s:g} s") from None
    return bytes(body)


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def _too_large(max_bytes: int) -> Problem:
    return Problem("too_large", f"at most {max_bytes} bytes are accepted")
