"""Apache Kafka as one KRaft node, from jars that Maven resolves; or the broker that
KAFKA_BOOTSTRAP_SERVERS names.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.local.ports import free_port
from tests.servers.process import CACHE, Server, Unavailable

POM = Path(__file__).parent / "kafka" / "pom.xml"
JARS = CACHE / "kafka"
OLDEST_JAVA = 17

NODE = """
process.roles=broker,controller
node.id={number}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""
"""What every node is given, alone or one of several."""
ALONE = """
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""

LOGGING = """
status = warn
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n
"""


def jars() -> Path:
    """The folder with the broker's jars, resolved once for each version of the pom. Raises
    ``Unavailable``.
    """
    complete = JARS / "complete"
    if complete.exists() and complete.read_text() == POM.read_text():
        return JARS
    if shutil.which("mvn") is None:
        raise Unavailable("no Maven to resolve Apache Kafka's jars")
    shutil.rmtree(JARS, ignore_errors=True)
    command = ["mvn", "--batch-mode", "--quiet", "--file", str(POM), "dependency:copy-dependencies"]
    maven = subprocess.run(
        [*command, "-DincludeScope=runtime", f"-DoutputDirectory={JARS}"],
        capture_output=True,
        text=True,
    )
    if maven.returncode:
        reason = next(
            (line for line in maven.stdout.splitlines() if "ERROR" in line), "no reason given"
        )
        raise Unavailable(f"Maven cannot resolve Apache Kafka's jars: {reason}")
    complete.write_text(POM.read_text())
    return JARS


def java() -> str:
    """A Java that Kafka 4 runs on. Raises ``Unavailable``."""
    found = shutil.which("java")
    if found is None:
        raise Unavailable("no Java to run Apache Kafka")
    banner = subprocess.run([found, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', banner)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise Unavailable(
            f"Apache Kafka needs Java {OLDEST_JAVA}, this is "
            f"{banner.splitlines()[0] if banner else 'unknown'}"
        )
    return found


def virtual_machine(folder: Path, heap_mb: int = 512) -> list[str]:
    """The command that runs a class of Kafka's, its logging configured under ``folder``. Raises
    ``Unavailable``.
    """
    logging = folder / "log4j2.properties"
    logging.write_text(LOGGING)
    return [
        java(), "-Xms128m", f"-Xmx{heap_mb}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        f"-Dlog4j2.configurationFile={logging}", "-cp", f"{jars()}/*",
    ]  # fmt: skip


def new_cluster_id() -> str:
    """A random id, as Kafka writes them: never with a dash at its beginning, which the command line
    would take for an option.
    """
    written = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return written if written[0] != "-" else new_cluster_id()


def format_storage(machine: list[str], properties: Path, cluster_id: str, *options: str) -> None:
    """Prepare a node's log folder for its first start."""
    command = [
        "kafka.tools.StorageTool",
        "format",
        "--cluster-id",
        cluster_id,
        "--config",
        str(properties),
        *options,
    ]
    subprocess.run([*machine, *command], check=True, capture_output=True)


def node(
    folder: Path,
    name: str,
    properties: str,
    ready: Callable[[], bool],
    *,
    cluster_id: str,
    heap_mb: int = 512,
    options: Sequence[str] = (),
    patience_s: float = 60.0,
) -> Server:
    """A formatted node with these ``properties``, not yet started, its files under ``folder``.
    Raises ``Unavailable``.
    """
    file = folder / "server.properties"
    file.write_text(properties)
    machine = virtual_machine(folder, heap_mb)
    format_storage(machine, file, cluster_id, *options)
    return Server(
        name=name,
        command=[*machine, "kafka.Kafka", str(file)],
        log=folder / "server.log",
        ready=ready,
        patience_s=patience_s,
    )


def alone(port: int, controller_port: int, folder: Path) -> str:
    """The properties of a node that is a cluster by itself."""
    return (NODE + ALONE).format(
        number=1, port=port, controller_port=controller_port, logs=folder / "logs"
    )


def server(folder: Path, port: int) -> Server:
    """A formatted broker, not yet started, with its data under ``folder``. Raises
    ``Unavailable``."""
    properties = alone(port, free_port(), folder)
    ready = partial(_answers, f"127.0.0.1:{port}")
    return node(
        folder,
        "Apache Kafka",
        properties,
        ready,
        cluster_id=new_cluster_id(),
        options=["--standalone"],
    )


def _answers(bootstrap: str) -> bool:
    try:
        return bool(
            AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
            .list_topics(timeout=1)
            .brokers
        )
    except KafkaException:
        return False


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Yield ``host:port`` of an Apache Kafka broker. Raises ``Unavailable``, naming each way that
    was tried.
    """
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield given
        return
    port = free_port()
    try:
        kafka = server(folder, port)
    except Unavailable as error:
        with _container(error) as bootstrap:
            yield bootstrap
        return
    kafka.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        kafka.stop()


@contextmanager
def _container(why_not_java: Unavailable) -> Iterator[str]:
    # Asked first, because the Docker client leaves a socket open, which is a warning, where no
    # engine answers.
    if not ("DOCKER_HOST" in os.environ or Path("/var/run/docker.sock").is_socket()):
        raise Unavailable(
            f"{why_not_java}; no KAFKA_BOOTSTRAP_SERVERS, and no Docker engine either"
        )
    from docker.errors import DockerException  # type: ignore[import-untyped]
    from testcontainers.community.kafka import KafkaContainer

    container = KafkaContainer().with_kraft()
    try:
        container.start()
    except DockerException as error:
        raise Unavailable(
            f"{why_not_java}; the Docker engine does not help: {type(error).__name__}"
        ) from error
    try:
        bootstrap: str = container.get_bootstrap_server()
        yield bootstrap
    finally:
        container.stop()
