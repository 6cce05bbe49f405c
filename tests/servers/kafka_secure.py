"""Apache Kafka as one node that takes none but clients with a password over TLS, its certificate from an authority of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.ports import free_port
from tests.servers import kafka_apache

MECHANISM, USER, PASSWORD = "SCRAM-SHA-512", "undertone", "correct horse battery"

# Later lines of a properties file replace earlier ones.
PROPERTIES = """
listeners=SASL_SSL://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=SASL_SSL://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal_port}
listener.security.protocol.map=SASL_SSL:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INTERNAL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
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
    authority, keystore = _certificates(folder)
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
        "bootstrap.servers": secured.bootstrap, "security.protocol": "SASL_SSL", "sasl.mechanism": MECHANISM,
        "sasl.username": USER, "sasl.password": PASSWORD, "ssl.ca.location": str(secured.authority), "log_level": 0,
    }  # fmt: skip
    try:
        return bool(AdminClient(config).list_topics(timeout=2).brokers)
    except KafkaException:
        return False


def _certificates(folder: Path) -> tuple[Path, Path]:
    """An authority's certificate, and the broker's key and certificate in one file, valid for an hour."""
    now, authority_key, broker_key = (
        datetime.now(UTC),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of a test")])
    common = x509.CertificateBuilder(
        issuer_name=issuer, not_valid_before=now - timedelta(hours=1), not_valid_after=now + timedelta(hours=1)
    )
    authority = (
        common.subject_name(issuer)
        .public_key(authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .add_extension(_signs_certificates(), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    broker = (
        common.subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "broker")]))
        .public_key(broker_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    authority_file, keystore = folder / "authority.pem", folder / "broker.pem"
    pem = serialization.Encoding.PEM
    authority_file.write_bytes(authority.public_bytes(pem))
    key = broker_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    keystore.write_bytes(key + broker.public_bytes(pem))
    return authority_file, keystore


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
