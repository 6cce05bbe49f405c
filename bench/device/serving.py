"""The encoder on a Triton server: one that runs already, or one that is started for it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from bench.device.measuring import Place, Subject
from bench.device.subjects import FIRST_PIECE, PIECES, Subjects
from models.inference.engines.triton import TritonEngine
from schemas.errors import EngineUnavailable
from tests.servers import triton
from tests.servers.process import Unavailable

TIMEOUT_S = 30.0


@contextmanager
def on_triton(subjects: Subjects, address: str | None) -> Iterator[list[Subject]]:
    """The subjects to measure while the server runs: at ``address``, host:port of its gRPC, or
    without one on the server of the tests, which has the Python backend only, and beside it what
    that backend runs in this process.

    Raises ``EngineUnavailable`` with the reason where there is no such server, or it does not serve
    the encoder.
    """
    if address:
        price = subjects.prices.on(subjects.device).price
        yield [_subject(subjects, address, Place("server", price))]
        return
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="undertone-bench-"))
        try:
            server = stack.enter_context(triton.running(Path(folder), subjects.encoder.artifact))
        except (Unavailable, RuntimeError) as error:
            raise EngineUnavailable(str(error).strip().splitlines()[-1]) from error
        own = _subject(subjects, server.address, subjects.prices.one_core_by_the_clock)
        yield [own, subjects.beside_server()]


def _subject(subjects: Subjects, address: str, place: Place) -> Subject:
    engine = TritonEngine(subjects.encoder.artifact, address, TIMEOUT_S)
    engine.probabilities({PIECES: np.full((1, 1), FIRST_PIECE, np.int32)})
    return subjects.network(engine, "triton", place, served=True)
