"""Apache Kafka as one node that takes none but clients with a password over TLS, its certificate
from an authority of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.local.ports import free_port
from tests.servers import certificates, kafka_apache

MECHANISM, USER, PASSWORD = "SCRAM-SHA-512", "undertone", "correct horse battery"

# Later lines of a properties file replace earlier ones.
PROPERTIES = """
listeners=SASL_SSL://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=SASL_SSL://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal_port}
listener.security.protocol.map=SASL_SSL:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INTERNAL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
"""


@dataclass(frozen=True, slots=True)
class Secured:
    """How to reach it. ``authority``: the certificate that signed the broker's."""

    bootstrap: str
    authority: Path
    settings: dict[str, str] = field(repr=False)


@contextmanager
def running(folder: Path) -> Iterator[Secured]:
    """A broker that serves until the block ends. Raises ``Unavailable``."""
    port, controller_port = free_port(), free_port()
    authority, keystore = certificates.make(folder)
    properties = kafka_apache.alone(port, controller_port, folder) + PROPERTIES.format(
        port=port, internal_port=free_port(), controller_port=controller_port, keystore=keystore
    )
    user = f'{MECHANISM}=[name="{USER}",password="{PASSWORD}"]'
    settings = {
        "UNDERTONE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "UNDERTONE_KAFKA__SECURITY_SASL_MECHANISM": MECHANISM,
        "UNDERTONE_KAFKA__SECURITY_USERNAME": USER,
        "UNDERTONE_KAFKA__SECURITY_PASSWORD": PASSWORD,
        "UNDERTONE_KAFKA__SECURITY_CA_FILE": str(authority),
    }
    secured = Secured(f"127.0.0.1:{port}", authority, settings)
    server = kafka_apache.node(
        folder,
        "Apache Kafka with TLS and passwords",
        properties,
        lambda: _answers(secured),
        cluster_id=kafka_apache.new_cluster_id(),
        options=["--standalone", "--add-scram", user],
    )
    try:
        server.start()
        yield secured
    finally:
        server.stop()


def _answers(secured: Secured) -> bool:
    config: dict[str, str | int | float | bool] = {
        "bootstrap.servers": secured.bootstrap, "security.protocol": "SASL_SSL",
        "sasl.mechanism": MECHANISM,
        "sasl.username": USER, "sasl.password": PASSWORD, "ssl.ca.location": str(secured.authority),
        "log_level": 0,
    }  # fmt: skip
    try:
        return bool(AdminClient(config).list_topics(timeout=2).brokers)
    except KafkaException:
        return False
