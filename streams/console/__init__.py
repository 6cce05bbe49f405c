"""The page that a person sees at ``/``.

``attach`` is called by the gateway's app factory with the app, whose ``state.parts`` are the gateway's (see
``streams.gateway.parts``). Paths that are added here are not guarded, so they show nothing that needs a key: data comes from
``/api/v1``. The gateway's content security policy lets pages load scripts, styles and data from here alone, and runs nothing
that is written into a page.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.responses import RedirectResponse


def attach(app: FastAPI) -> None:
    """Add ``/``: to the documentation, from which every path can be tried."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def front() -> RedirectResponse:
        return RedirectResponse("docs")

    app.include_router(router)
