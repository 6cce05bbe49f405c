"""The stack that these tests watch: one for all of them, because it takes long to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import watched
from tests.servers.process import Unavailable


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[watched.World]:
    """Everything runs."""
    try:
        with watched.running(tmp_path_factory.mktemp("monitoring")) as world:
            yield world
    except Unavailable as reason:
        pytest.skip(str(reason))
