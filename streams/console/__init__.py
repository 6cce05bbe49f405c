"""Live console: the page at ``/`` and the figures it shows.

``attach`` is called by the gateway's app factory with the app, whose ``state.parts`` are the
gateway's (see ``streams.gateway.gateway_parts``). The page and its files need no API key and show
nothing that needs one; the page's figures come from ``/api/v1/console``, which needs one, like
everything under ``/api/v1``. The gateway's content security policy lets pages load scripts, styles
and data from here alone, and runs no inline script.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from streams.console import console_figures
from streams.console.answer_cache import Cache
from streams.console.console_lag import Lag
from streams.gateway.gateway_parts import Parts

PAGE: Final = "index.html"
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


def attach(app: FastAPI) -> None:
    """Add the page, its files, and the paths of its figures."""
    parts: Parts = app.state.parts
    app.state.figures = console_figures.Figures(parts.reader, Lag(parts.kafka), Cache())
    app.include_router(console_figures.router, include_in_schema=False)
    app.include_router(_files())


def _files() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def serve(path: str, content: bytes, media_type: str) -> None:
        @router.api_route(path, methods=["GET", "HEAD"])
        async def file() -> Response:
            return Response(content, media_type=media_type)

    for file in (resources.files("streams.console") / "static").iterdir():
        path = "/" if file.name == PAGE else f"/console/{file.name}"
        serve(path, file.read_bytes(), TYPES["." + file.name.rpartition(".")[2]])
    return router
