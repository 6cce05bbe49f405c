"""``/docs``: Swagger UI served from the package fastapi-swagger; nothing is fetched from elsewhere.

FastAPI's own page has a script in it, which the content security policy forbids, and names a server
on the internet.
"""

from __future__ import annotations

from importlib import resources
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, Response

FILES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
CACHED: Final = {"Cache-Control": "public, max-age=3600"}
PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Undertone: HTTP API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START: Final = (
    "SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', deepLinking: true, "
    "validatorUrl: null });\n"
)


def add_docs(app: FastAPI) -> None:
    """Add ``/docs`` and what it needs."""
    router = APIRouter(include_in_schema=False)
    folder = resources.files("fastapi_swagger") / "resources"
    files = {
        name: (folder.joinpath(name).read_bytes(), media_type) for name, media_type in FILES.items()
    }
    files["start.js"] = (START.encode(), "text/javascript")

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def page() -> Response:
        return HTMLResponse(PAGE)

    def serve(name: str, content: bytes, media_type: str) -> None:
        @router.api_route(f"/docs/{name}", methods=["GET", "HEAD"])
        async def file() -> Response:
            return Response(content, headers=CACHED, media_type=media_type)

    for name, (content, media_type) in files.items():
        serve(name, content, media_type)
    app.include_router(router)
