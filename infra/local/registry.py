"""Local Schema Registry: the part of Confluent's REST API that its clients and serializers call.

``python -m infra.local.registry --port 8081 --data DIR``
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from infra.local.door import Handler, door, read_password, server_options
from infra.local.registry_store import RegistryError, Store, Version

MODE = "READWRITE"
CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
routes = web.RouteTableDef()
STORE = web.AppKey("store", Store)


def _answer(body: Any, status: int = 200) -> web.Response:
    return web.Response(text=json.dumps(body), status=status, content_type=CONTENT_TYPE)


def _described(store: Store, subject: str, version: Version) -> dict[str, Any]:
    return {
        "subject": subject,
        "version": version.version,
        "id": version.id,
        "schema": store.schema(version.id),
        "schemaType": "AVRO",
    }


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise RegistryError(400, "The request is not JSON") from None
    if not isinstance(body, dict):
        raise RegistryError(400, "The request is not a JSON object")
    return body


def _deleted(request: web.Request) -> bool:
    """Whether the client wants to see what is hidden."""
    return request.query.get("deleted", "").lower() == "true"


async def _schema(request: web.Request) -> str:
    body = await _body(request)
    if body.get("schemaType", "AVRO") != "AVRO":
        raise RegistryError(
            42201, f"Schema type {body['schemaType']} is not supported here, only AVRO"
        )
    schema = body.get("schema")
    if not isinstance(schema, str):
        raise RegistryError(42201, "Empty schema")
    return schema


@routes.get("/")
async def root(_: web.Request) -> web.Response:
    """Readiness."""
    return _answer({})


@routes.get("/schemas/types")
async def types(_: web.Request) -> web.Response:
    """List the supported schema types."""
    return _answer(["AVRO"])


@routes.get("/schemas/ids/{id:\\d+}")
async def schema_by_id(request: web.Request) -> web.Response:
    """A schema."""
    return _answer(
        {"schema": request.app[STORE].schema(int(request.match_info["id"])), "schemaType": "AVRO"}
    )


@routes.get("/schemas/ids/{id:\\d+}/schema")
async def schema_text(request: web.Request) -> web.Response:
    """A schema, bare."""
    return web.Response(
        text=request.app[STORE].schema(int(request.match_info["id"])), content_type=CONTENT_TYPE
    )


@routes.get("/schemas/ids/{id:\\d+}/{what:subjects|versions}")
async def uses_of_schema(request: web.Request) -> web.Response:
    """List the subjects and versions that use a schema."""
    uses = request.app[STORE].uses(int(request.match_info["id"]), deleted=_deleted(request))
    return _answer(
        [use["subject"] for use in uses] if request.match_info["what"] == "subjects" else uses
    )


@routes.get("/subjects")
async def subjects(request: web.Request) -> web.Response:
    """All subjects."""
    prefix = request.query.get("subjectPrefix", "")
    names = request.app[STORE].subjects(deleted=_deleted(request))
    return _answer([name for name in names if name.startswith(prefix)])


@routes.post("/subjects/{subject}")
async def lookup(request: web.Request) -> web.Response:
    """Look up the version of a schema under a subject."""
    store, subject = request.app[STORE], request.match_info["subject"]
    return _answer(
        _described(
            store, subject, store.lookup(subject, await _schema(request), deleted=_deleted(request))
        )
    )


@routes.delete("/subjects/{subject}")
@routes.delete("/subjects/{subject}/versions/{version}")
async def delete(request: web.Request) -> web.Response:
    """Remove a subject or a version."""
    wanted = request.match_info.get("version")
    permanent = request.query.get("permanent", "").lower() == "true"
    gone = request.app[STORE].delete(request.match_info["subject"], wanted, permanent=permanent)
    return _answer(gone if wanted is None else gone[0])


@routes.get("/subjects/{subject}/versions")
async def versions(request: web.Request) -> web.Response:
    """The numbers of a subject's versions."""
    found = request.app[STORE].versions(request.match_info["subject"], deleted=_deleted(request))
    return _answer([version.version for version in found])


@routes.post("/subjects/{subject}/versions")
async def register(request: web.Request) -> web.Response:
    """Add a version."""
    store, subject = request.app[STORE], request.match_info["subject"]
    return _answer(_described(store, subject, store.register(subject, await _schema(request))))


@routes.get("/subjects/{subject}/versions/{version}")
async def version(request: web.Request) -> web.Response:
    """A version."""
    store, subject = request.app[STORE], request.match_info["subject"]
    found = store.version(subject, request.match_info["version"], deleted=_deleted(request))
    return _answer(_described(store, subject, found))


@routes.get("/subjects/{subject}/versions/{version}/schema")
async def version_schema(request: web.Request) -> web.Response:
    """A version's schema, bare."""
    store = request.app[STORE]
    found = store.version(request.match_info["subject"], request.match_info["version"])
    return web.Response(text=store.schema(found.id), content_type=CONTENT_TYPE)


@routes.post("/compatibility/subjects/{subject}/versions")
@routes.post("/compatibility/subjects/{subject}/versions/{version}")
async def compatibility(request: web.Request) -> web.Response:
    """Whether a schema could be registered."""
    store, subject = request.app[STORE], request.match_info["subject"]
    wanted = request.match_info.get("version")
    against = store.version(subject, wanted) if wanted else None
    problems = store.problems(subject, await _schema(request), against)
    verbose = request.query.get("verbose", "").lower() == "true"
    return _answer({"is_compatible": not problems} | ({"messages": problems} if verbose else {}))


@routes.get("/config")
@routes.get("/config/{subject}")
async def config(request: web.Request) -> web.Response:
    """The compatibility level."""
    return _answer(
        {"compatibilityLevel": request.app[STORE].level(request.match_info.get("subject", ""))}
    )


@routes.put("/config")
@routes.put("/config/{subject}")
async def set_config(request: web.Request) -> web.Response:
    """Set the compatibility level."""
    level = str((await _body(request)).get("compatibility", "")).upper()
    request.app[STORE].set_level(request.match_info.get("subject", ""), level)
    return _answer({"compatibility": level})


@routes.delete("/config")
@routes.delete("/config/{subject}")
async def unset_config(request: web.Request) -> web.Response:
    """Forget the compatibility level."""
    subject = request.match_info.get("subject", "")
    level = request.app[STORE].level(subject)
    request.app[STORE].unset_level(subject)
    return _answer({"compatibilityLevel": level})


@routes.get("/mode")
@routes.get("/mode/{subject}")
@routes.delete("/mode/{subject}")
async def mode(_: web.Request) -> web.Response:
    """Always open for writing."""
    return _answer({"mode": MODE})


@routes.put("/mode")
@routes.put("/mode/{subject}")
async def set_mode(request: web.Request) -> web.Response:
    """Nothing but what holds anyway."""
    if (await _body(request)).get("mode") != MODE:
        raise RegistryError(42204, f"Invalid mode. The only one here is {MODE}")
    return _answer({"mode": MODE})


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as Confluent's clients expect them."""
    try:
        return await handler(request)
    except RegistryError as error:
        return _answer({"error_code": error.code, "message": str(error)}, int(str(error.code)[:3]))
    except web.HTTPException as error:
        return _answer(
            {"error_code": error.status, "message": f"HTTP {error.status} {error.reason}"},
            error.status,
        )


def application(data: Path, password: str | None) -> web.Application:
    """The server, its state in ``data``."""
    data.mkdir(parents=True, exist_ok=True)
    shut_out = door(password, lambda reason: _answer({"error_code": 40301, "message": reason}, 403))
    app = web.Application(middlewares=[shut_out, errors])
    app[STORE] = Store(data / "registry.json")
    app.add_routes(routes)
    return app


def main() -> None:
    """Serve until SIGTERM."""
    options = server_options("A Schema Registry for one machine", 8081)
    app = application(options.data, read_password(options.password_file))
    web.run_app(
        app, host="127.0.0.1", port=options.port, print=None, access_log=None, shutdown_timeout=1
    )


if __name__ == "__main__":
    main()
