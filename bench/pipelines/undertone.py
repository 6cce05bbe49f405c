"""Undertone's worker as shipped: ``undertone worker`` with the default settings, names included."""

from __future__ import annotations

from bench.pipelines.contender import Contender
from bench.processes import python
from bench.stack import Stack
from infra.local.ports import free_port
from schemas.topics import REVIEWS_RAW, REVIEWS_SCORED

NAME = "undertone"


def contender(stack: Stack) -> Contender:
    """One worker; several on one stack share the work."""
    port = free_port()
    env = {
        "UNDERTONE_KAFKA__BOOTSTRAP_SERVERS": stack.bootstrap,
        "UNDERTONE_SCHEMA_REGISTRY__URL": stack.registry,
        "UNDERTONE_METRICS__PORT": str(port),
        "UNDERTONE_PRIVACY__LEVEL": "names",
    }
    about = "undertone worker as shipped, names masked"
    ready = f"http://127.0.0.1:{port}/health/ready"
    return Contender(
        NAME, about, python("streams", "worker"), REVIEWS_RAW.name, REVIEWS_SCORED.name, env, ready
    )
