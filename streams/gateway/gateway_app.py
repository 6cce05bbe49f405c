"""FastAPI app of the gateway: paths, error handlers and middleware."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import MessageRefused, RegistryRefused, TransientError
from streams import console
from streams.gateway.api_schemas import FieldProblem, ProblemBody
from streams.gateway.core.problems import BY_STATUS, Problem
from streams.gateway.envelope import Envelope
from streams.gateway.gateway_parts import Parts
from streams.gateway.gateway_records import misfit
from streams.gateway.paths import analytics, explain, health, predict, read, write
from streams.gateway.swagger_ui import add_docs

log = logging.getLogger("undertone.gateway")
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
DESCRIPTION = """
Judges reviews, takes them into the stream, and says what became of them. Every refusal is a problem
(RFC 9457) with a stable `code`.
"""


def build_app(parts: Parts) -> FastAPI:
    """The whole app. It owns ``parts``: their threads run while it does."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts.score.start()
        parts.publish.start()
        parts.explain.start()
        yield
        parts.score.close()
        parts.publish.close()
        parts.explain.close()
        parts.reader.close()
        await parts.gate.close()

    app = FastAPI(
        title="Undertone",
        version=version("undertone"),
        description=DESCRIPTION.strip(),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.parts = parts
    app.add_middleware(Envelope, max_requests=parts.settings.max_requests)
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    schemes = HTTPBearer(auto_error=False), APIKeyHeader(name="X-API-Key", auto_error=False)
    keys = [] if parts.gate.open else [Depends(scheme) for scheme in schemes]
    for subject, tag in (
        (predict, "predict"), (explain, "predict"), (write, "stream"), (read, "results"),
        (analytics, "results"),
    ):  # fmt: skip
        app.include_router(subject.router, tags=[tag], dependencies=keys)
    app.include_router(health.router)
    add_docs(app)
    console.attach(app)
    # How FastAPI's documentation does it
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own, and the form of a problem, which no path answers as JSON and which it
    therefore leaves out.
    """
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        for form in (ProblemBody, FieldProblem):
            described = form.model_json_schema(ref_template="#/components/schemas/{model}")
            described.pop("$defs", None)
            schema["components"]["schemas"][form.__name__] = described
        app.openapi_schema = schema
    return app.openapi_schema


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _http(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself: no such path, or not with this method."""
    assert isinstance(error, HTTPException)
    problem = Problem(
        BY_STATUS.get(error.status_code, "internal"), str(error.detail), headers=error.headers or {}
    )
    return problem.response()


async def _misfit(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if errors[0]["type"] == "json_invalid":
        return Problem("bad_json", f"at character {errors[0]['loc'][-1]}").response()
    return misfit(errors, "bad_request_form").response()


async def _transient(request: Request, error: Exception) -> Response:
    return Problem("unavailable", f"{type(error).__name__}: try again").response()


async def _refused(request: Request, error: Exception) -> Response:
    """A server behind the gateway answers, and refuses whatever is sent: its settings, or ours, are
    wrong.
    """
    log.error("%s", error)
    return Problem("unavailable", f"{type(error).__name__}: see the log of the gateway").response()


HANDLERS: dict[type[Exception], Any] = {
    Problem: _problem,
    HTTPException: _http,
    RequestValidationError: _misfit,
    TransientError: _transient,
    RegistryRefused: _refused,
    MessageRefused: _refused,
}
