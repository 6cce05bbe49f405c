"""Guarded routes: authentication and rate limiting before the body is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from streams.gateway.api_schemas import ProblemBody
from streams.gateway.core.api_keys import Scope
from streams.gateway.core.problems import KINDS, MEDIA_TYPE, Problem
from streams.gateway.gateway_parts import parts_of
from streams.gateway.request_bodies import read_body

API: Final = "/api/v1"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
EVERYWHERE = (401, 403, 408, 421, 429, 500, 503)
WITH_BODY = (400, 413, 415, 422)


class Guarded(APIRoute):
    """Admits the caller, reads the body, then lets FastAPI go on; all of it by a deadline."""

    scope: ClassVar[Scope]

    def get_route_handler(self) -> Handler:
        """See ``APIRoute``."""
        answer, path, takes_body = (
            super().get_route_handler(),
            self.path_format,
            self.body_field is not None,
        )

        async def guarded(request: Request) -> Response:
            request.state.path = path
            parts = parts_of(request)
            await parts.gate.admit(request, self.scope)
            if takes_body:
                limits = parts.settings
                request._body = await read_body(
                    request, limits.max_body_bytes, limits.body_timeout_s
                )
            try:
                async with asyncio.timeout(parts.settings.deadline_s):
                    return await answer(request)
            except TimeoutError:
                raise Problem(
                    "deadline", f"no answer within {parts.settings.deadline_s:g} s"
                ) from None

        return guarded


class ForPredict(Guarded):
    """Needs the scope predict."""

    scope = Scope.PREDICT


class ForWrite(Guarded):
    """Needs the scope write."""

    scope = Scope.WRITE


class ForRead(Guarded):
    """Needs the scope read."""

    scope = Scope.READ


def refusals(*statuses: int, body: bool = False) -> dict[int | str, dict[str, Any]]:
    """For ``responses`` of a path: the refusals that every path has, and those of this one."""
    return only(*EVERYWHERE, *statuses, *(WITH_BODY if body else ()))


def only(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The same for a path without a guard."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}}}
    return {
        status: {"description": _titles(status), "content": content}
        for status in sorted(set(statuses))
    }


def _titles(status: int) -> str:
    return "; ".join(title for code_status, title in KINDS.values() if code_status == status)
