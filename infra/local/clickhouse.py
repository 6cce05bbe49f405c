"""Local ClickHouse: the real engine (chDB) behind ClickHouse's HTTP interface.

``python -m infra.local.clickhouse --port 8123 --data
DIR``. Loopback only; ``door`` says who may ask, and ``clickhouse_access`` for what.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from infra.local.clickhouse_engine import Engine, EngineError, Result
from infra.local.clickhouse_requests import BadRequest, Query, parse
from infra.local.door import door, read_password, server_options

LARGEST_BODY = 2**30
THREAD_COUNT = 8
ENGINE = web.AppKey("engine", Engine)
THREADS = web.AppKey("threads", ThreadPoolExecutor)
SYNTAX_ERROR, READONLY, AUTHENTICATION_FAILED = 62, 164, 516

# As exceptionCodeToHTTPStatus in ClickHouse's src/Server/HTTP; what is not here is 500.
STATUS = (
    dict.fromkeys((6, 26, 27, 38, 41, 53, 62, 70, 72, 427, 457), 400)
    | dict.fromkeys((16, 20, 46, 47, 50, 56, 60, 73, 81, 115), 404)
    | dict.fromkeys((497, AUTHENTICATION_FAILED), 403)
)


async def ping(_: web.Request) -> web.Response:
    """Liveness, in ClickHouse's words."""
    return web.Response(text="Ok.\n")


async def query(request: web.Request) -> web.Response:
    """Run the statement of a request."""
    identifier = request.query.get("query_id") or str(uuid4())
    headers = {
        "X-ClickHouse-Query-Id": identifier,
        "X-ClickHouse-Server-Display-Name": "undertone",
        "X-ClickHouse-Timezone": "UTC",
    }
    if request.method == "GET" and not request.query.get("query"):
        return web.Response(text="Ok.\n", headers=headers)
    try:
        parsed = parse(request.query, request.headers, await _body(request))
        if request.method == "GET" and not parsed.reads_only:
            raise EngineError(
                f"Code: {READONLY}. DB::Exception: Cannot execute query in readonly mode: use "
                "POST. (READONLY)"
            )
        result = await _run(request.app, parsed)
    except BadRequest as error:
        return _refusal(
            EngineError(f"Code: {SYNTAX_ERROR}. DB::Exception: {error}. (SYNTAX_ERROR)"), headers
        )
    except EngineError as error:
        return _refusal(error, headers)
    return _answer(request, parsed, result, headers)


async def _run(app: web.Application, parsed: Query) -> Result:
    """The result; or, where the client goes away while it waits for what only reads, the end of the
    statement.

    Otherwise as many impatient clients as there are threads would leave none to the others.
    """
    identifier = str(uuid4())  # the client's own query_id may not be unique
    try:
        return await asyncio.get_running_loop().run_in_executor(
            app[THREADS], app[ENGINE].run, parsed, identifier
        )
    except asyncio.CancelledError:
        if parsed.reads_only:
            await asyncio.to_thread(app[ENGINE].cancel, identifier)
        raise


async def _body(request: web.Request) -> bytes:
    """The body, decompressed. aiohttp does so itself for the encodings it knows."""
    encoding = request.headers.get("Content-Encoding", "")
    try:
        body = await request.read()
        if encoding == "lz4":
            import lz4.frame

            return bytes(lz4.frame.decompress(body))
        return gzip.decompress(body) if encoding == "gzip" and body[:2] == b"\x1f\x8b" else body
    except (OSError, EOFError, RuntimeError, zlib.error, RequestPayloadError):
        raise BadRequest(f"the body is not {encoding}") from None


def _answer(
    request: web.Request, parsed: Query, result: Result, headers: dict[str, str]
) -> web.Response:
    summary = {"read_rows": str(result.rows_read), "read_bytes": str(result.bytes_read)}
    headers |= {
        "X-ClickHouse-Summary": json.dumps(summary),
        "X-ClickHouse-Format": parsed.answer_format,
    }
    response = web.Response(
        body=result.body, headers=headers, content_type="text/plain", charset="utf-8"
    )
    if request.query.get("enable_http_compression") == "1":
        response.enable_compression()  # gzip or deflate, whichever the client takes, or none
    return response


def _refusal(error: EngineError, headers: dict[str, str]) -> web.Response:
    status = STATUS.get(error.code, 500)
    return web.Response(
        text=f"{error}\n",
        status=status,
        headers=headers | {"X-ClickHouse-Exception-Code": str(error.code)},
    )


def _shut_out(reason: str) -> web.Response:
    code = AUTHENTICATION_FAILED
    return _refusal(
        EngineError(f"Code: {code}. DB::Exception: {reason}. (AUTHENTICATION_FAILED)"), {}
    )


async def _close(app: web.Application) -> None:
    app[THREADS].shutdown(wait=False, cancel_futures=True)
    await asyncio.to_thread(app[ENGINE].close)


def application(data: Path, password: str | None) -> web.Application:
    """The server, its tables in ``data``."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[door(password, _shut_out)])
    app[ENGINE] = Engine(data)
    app[THREADS] = ThreadPoolExecutor(THREAD_COUNT, "query")
    app.router.add_get("/ping", ping)
    app.router.add_get("/replicas_status", ping)
    app.router.add_route("GET", "/", query)
    app.router.add_post("/", query)
    app.on_cleanup.append(_close)
    return app


def main() -> None:
    """Serve until SIGTERM."""
    options = server_options("ClickHouse's engine behind its HTTP interface", 8123)
    web.run_app(
        application(options.data, read_password(options.password_file)),
        host="127.0.0.1",
        port=options.port,
        print=None,
        access_log=None,
        shutdown_timeout=0.5,
        handler_cancellation=True,
    )


if __name__ == "__main__":
    main()
