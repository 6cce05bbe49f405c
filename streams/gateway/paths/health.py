"""``/health/live`` and ``/health/ready``, as on the metrics port of every other process. No key is
needed.
"""

from __future__ import annotations

from fastapi import APIRouter, Request

from streams.gateway.api_schemas import Live, Ready
from streams.gateway.core.problems import Problem
from streams.gateway.gateway_parts import parts_of
from streams.gateway.routes import only

router = APIRouter(prefix="/health", tags=["health"])


@router.head("/live", include_in_schema=False)
@router.get("/live", responses=only(503), summary="Liveness check")
async def live(request: Request) -> Live:
    """503 where reviews have been waiting for longer than they should: then start it again."""
    if not parts_of(request).health.alive:
        raise Problem("unavailable", "reviews are waiting and none is being scored")
    return Live(live=True)


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses=only(503), summary="Readiness check")
async def ready(request: Request) -> Ready:
    """503 while it does not. Kafka and ClickHouse may be away: what needs them is refused, what
    does not is answered.
    """
    if not parts_of(request).health.ready:
        raise Problem("unavailable", "not ready")
    return Ready(ready=True)
