"""``/api/v1/console``: the figures of the console, which change with the page and are not in the
OpenAPI document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from schemas.errors import ConfigurationError, TransientError
from schemas.moments import EARLIEST, LATEST
from schemas.records import Sentiment
from streams.console.answer_cache import Cache
from streams.console.console_lag import Lag
from streams.console.core import aspect_queries, console_queries
from streams.console.core.console_queries import MOST_EXAMPLES, Question
from streams.console.core.time_spans import Span, Wanted
from streams.gateway.core.problems import Problem
from streams.gateway.routes import API, ForRead
from streams.gateway.warehouse_queries import Reader

LAG_FRESH_S, SLOW_FRESH_S = 1.0, 2.0
LAG_PATIENCE_S: Final = 1.0
"""Kafka may take its time to be found missing: the page does not wait for it."""
NOT_KNOWN: Final = "unknown"
Product = Annotated[str | None, Query(max_length=256)]
router = APIRouter(prefix=f"{API}/console", route_class=ForRead)


@dataclass(frozen=True, slots=True)
class Figures:
    """Answers questions, each at most once at a time and not more often than about twice a
    second."""

    reader: Reader
    lag: Lag
    cache: Cache = field(repr=False)

    async def ask(
        self,
        name: str,
        about: object,
        question: Callable[[], Question],
        fresh_s: float | None = None,
    ) -> Any:
        """The answer to a question; ``about`` is what tells it from others of its name. Raises as
        ``Reader`` does.
        """

        async def answer() -> Any:
            asked = question()
            return asked.shape(await self.reader(asked.sql, asked.parameters))

        return await (
            self.cache((name, about), answer, fresh_s)
            if fresh_s
            else self.cache((name, about), answer)
        )

    async def behind(self) -> dict[str, int]:
        """See ``Lag``; also raises ``Problem`` where Kafka does not answer at once."""
        try:
            async with asyncio.timeout(LAG_PATIENCE_S):
                return await self.cache("lag", self.lag, LAG_FRESH_S)
        except TimeoutError:
            raise Problem("unavailable", NOT_KNOWN) from None


@router.get("/live")
async def live(request: Request, span: Span = "1h", product_id: Product = None) -> Response:
    """Fast-changing figures. A part that is unavailable is null, with its reason in
    ``problems``."""
    figures, now, wanted = _figures(request), datetime.now(UTC), Wanted(span)
    chosen = Wanted(span, product_id)
    return await _answer(
        {
            "pace": figures.ask("pace", None, lambda: console_queries.pace(now)),
            "lag": figures.behind(),
            "dead_letters": figures.ask(
                "dead_letters", None, lambda: console_queries.dead_letters(now)
            ),
            "over_time": figures.ask(
                "over_time", chosen, lambda: console_queries.over_time(chosen, now)
            ),
            "products": figures.ask(
                "products", wanted, lambda: console_queries.by_product(wanted, now)
            ),
            "latest": figures.ask("latest", None, lambda: console_queries.latest(now)),
        }
    )


@router.get("/state")
async def state(request: Request, span: Span = "1h", product_id: Product = None) -> Response:
    """Slow-changing figures, in the same form."""
    figures, now, wanted = _figures(request), datetime.now(UTC), Wanted(span)
    chosen = Wanted(span, product_id)
    return await _answer(
        {
            "variants": figures.ask(
                "variants", wanted, lambda: console_queries.variants(wanted, now), SLOW_FRESH_S
            ),
            "drift": figures.ask("drift", None, lambda: console_queries.drift(now), SLOW_FRESH_S),
            "events": figures.ask("events", None, console_queries.model_events, SLOW_FRESH_S),
            "alerts": figures.ask("alerts", None, console_queries.alerts, SLOW_FRESH_S),
            "aspects": figures.ask(
                "aspects", chosen, lambda: aspect_queries.aspects(chosen, now), SLOW_FRESH_S
            ),
        }
    )


@router.get("/examples")
async def examples(
    request: Request,
    begin: Annotated[datetime, Query(alias="from")],
    end: Annotated[datetime, Query(alias="to")],
    product_id: Product = None,
    sentiment: Sentiment | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_EXAMPLES)] = 20,
    aspect: Product = None,
) -> Response:
    """Masked reviews written in [from, to), the latest first; with an aspect those that name it,
    and the sentiment is what they say of it."""
    start, stop = (time if time.tzinfo else time.replace(tzinfo=UTC) for time in (begin, end))
    if not EARLIEST <= start < stop < LATEST:
        raise Problem("bad_request_form", "from is not before to, or out of range")
    about = (start, stop, product_id, sentiment, limit, aspect)
    found = await _figures(request).ask("examples", about, lambda: console_queries.examples(*about))
    return _json({"reviews": found})


async def _answer(parts: Mapping[str, Awaitable[Any]]) -> Response:
    results = await asyncio.gather(*parts.values(), return_exceptions=True)
    answer: dict[str, Any] = {"at": datetime.now(UTC), "problems": {}}
    for name, result in zip(parts, results, strict=True):
        answer[name] = None if isinstance(result, BaseException) else result
        if isinstance(result, Problem):
            answer["problems"][name] = result.detail
        elif isinstance(result, TransientError):
            answer["problems"][name] = f"{type(result).__name__}: trying again"
        elif isinstance(result, ConfigurationError):  # the group's offsets, say, may not be read
            answer["problems"][name] = f"{type(result).__name__}: see the log"
        elif isinstance(result, BaseException):
            raise result
    return _json(answer)


def _json(answer: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(answer, option=orjson.OPT_UTC_Z), media_type="application/json")


def _figures(request: Request) -> Figures:
    found: Figures = request.app.state.figures
    return found
