"""HTTP POST with an overall deadline, which no behaviour of the receiver can exceed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from retrain.alerts.core.delivery_outcomes import Answer


def post(url: str, body: str, headers: Mapping[str, str], timeout_s: float) -> Answer:
    """POST ``body``. The answer's own body is not read. Never raises: what went wrong is in the
    answer, the address is not.
    """
    try:
        return asyncio.run(asyncio.wait_for(_post(url, body, headers), timeout_s))
    except TimeoutError:
        return Answer(None, problem=f"no answer within {timeout_s:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return Answer(None, problem=type(error).__name__)


async def _post(url: str, body: str, headers: Mapping[str, str]) -> Answer:
    # httpx's own limits are for each read and write: a receiver that sends a byte now and then
    # would never exceed them.
    async with (
        httpx.AsyncClient(timeout=None, follow_redirects=False) as client,
        client.stream(
            "POST", url, content=body.encode(), headers={"user-agent": "undertone", **headers}
        ) as response,
    ):
        return Answer(response.status_code, response.headers.get("retry-after"))
