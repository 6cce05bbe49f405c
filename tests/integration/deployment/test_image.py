"""What an image ships is what is started: every process, from the file system that the
Dockerfile's scripts make for it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
import pytest

from infra.local.ports import free_port
from models.artifact.artifact import FOLDER
from schemas.topics import REVIEWS_RAW, REVIEWS_SCORED
from tests.harness import PATIENCE_S, Stack, answers
from tests.servers import image, local_stack
from tests.servers.image import Image
from tests.servers.process import Server, Unavailable

Images = Mapping[str, Image]
"""Process → its image."""


@pytest.fixture(scope="module")
def built() -> Images:
    try:
        return {role: image.build(role) for role in image.PROCESSES}
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def stack(built: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The local stack, and every process of the image beside it, each with volumes of its own."""
    folder = tmp_path_factory.mktemp("image")
    with local_stack.running(folder) as stack:
        try:
            for role in image.PROCESSES:
                stack.processes.append(started(built[role], stack, role))
            yield stack
        finally:
            stack.stop()


def started(built: Image, stack: Stack, role: str) -> Server:
    """A process of the image, ready."""
    port, volumes = free_port(), stack.folder / role
    environment = built.environment(volumes) | {
        "UNDERTONE_KAFKA__BOOTSTRAP_SERVERS": stack.bootstrap,
        "UNDERTONE_SCHEMA_REGISTRY__URL": stack.registry,
        "UNDERTONE_CLICKHOUSE__URL": stack.clickhouse,
        "UNDERTONE_METRICS__PORT": str(port),
        "UNDERTONE_GATEWAY__PORT": str(free_port()),
    }
    # Nothing of the tests' own environment or folder comes along: env -i, and a working directory
    # that is a volume.
    argv = [
        "env",
        "-i",
        "-C",
        environment["HOME"],
        *(f"{name}={value}" for name, value in environment.items()),
    ]
    process = Server(
        name=role,
        command=[*argv, *built.command(role)],
        log=stack.folder / f"{role}.log",
        ready=lambda: answers(f"http://127.0.0.1:{port}/health/ready"),
        patience_s=3 * PATIENCE_S,  # nothing is imported from bytecode: the image writes none
    )
    process.start()
    return process


def compiled(folder: Path) -> dict[str, bytes]:
    """Numba's cache: what each file holds."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.nb?")}


def test_every_process_of_the_image_becomes_ready_and_does_its_work(stack: Stack) -> None:
    review = {
        "review_id": "r1",
        "text": "A wonderful film, I loved every minute. Jane Doe saw it in Paris, too.",
    }
    with stack.consumer(REVIEWS_SCORED.name) as reader:
        stack.produce(REVIEWS_RAW.name, [("r1", orjson.dumps(review))])
        [scored] = reader.until(lambda records: len(records) == 1)
    assert scored["sentiment"] == "positive"
    assert "Jane" not in scored["text_masked"]


@pytest.mark.parametrize("role", ["worker", "gateway"])
def test_what_was_compiled_for_the_image_is_not_compiled_again(
    built: Images, stack: Stack, role: str
) -> None:
    shipped = compiled(built[role].home / "numba")
    assert len(shipped) > 20
    assert (
        compiled(Path(built[role].environment(stack.folder / role)["NUMBA_CACHE_DIR"])) == shipped
    )


@pytest.mark.parametrize("role", ["worker", "gateway", "loop"])
def test_any_user_can_read_what_the_image_ships(built: Images, role: str) -> None:
    for path in (built[role].home / "numba").rglob("*"):
        assert path.stat().st_mode & stat.S_IROTH, path
        assert os.access(path, os.R_OK)


def test_the_image_of_the_sink_compiles_nothing(built: Images) -> None:
    assert not (built["sink"].home / "numba").exists()


@pytest.mark.parametrize("role", image.PROCESSES)
def test_an_image_has_the_models_that_processes_load(built: Images, role: str) -> None:
    [models] = built[role].home.glob("lib/python3.*/site-packages/models/pretrained")
    assert {path.name for path in models.iterdir()} == {path.name for path in FOLDER.iterdir()}


@pytest.mark.parametrize("role", image.PROCESSES)
def test_no_image_has_tensorflow_and_only_the_loop_has_mlflow(built: Images, role: str) -> None:
    [packages] = built[role].home.glob("lib/python3.*/site-packages")
    installed = {path.name for path in packages.iterdir()}
    assert not {"tensorflow", "keras", "optuna", "tf2onnx"} & installed
    assert ("mlflow" in installed) == ("evidently" in installed) == (role == "loop")
