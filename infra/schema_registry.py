"""The Schema Registry through confluent-kafka's own client."""

from __future__ import annotations

from cachetools import TTLCache
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from infra.settings import SchemaRegistrySettings
from schemas import avro_files
from schemas.avro_files import ParsedSchema
from schemas.errors import RegistryRefused, RegistryUnavailable, SchemaError
from schemas.topics import Topic

SCHEMA_NOT_FOUND = 40403
INCOMPATIBLE = 409
UNPROCESSABLE = 422
NO_SUCH_ID = (400, 404, 410, 422)
"""Statuses of registries that are asked for an id that they cannot have; the id came with a record."""
PASSING = (408, 425, 429)


class SchemaRegistry:
    """Registers what we write, and finds what others wrote.

    Raises ``RegistryUnavailable`` where it does not answer, ``RegistryRefused`` where it answers that it will not.
    """

    def __init__(self, settings: SchemaRegistrySettings) -> None:
        config: dict[str, object] = {"url": settings.url, "timeout": settings.timeout_s}
        if settings.username is not None and settings.password is not None:
            config["basic.auth.user.info"] = f"{settings.username}:{settings.password.get_secret_value()}"
        self._client = SchemaRegistryClient(config)
        self._found: dict[int, ParsedSchema] = {}
        # A flood of bad records with made-up ids must not become a flood of requests; an id registered later is found soon.
        self._unknown: TTLCache[int, None] = TTLCache(maxsize=10_000, ttl=10)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def register(self, topic: Topic) -> int:
        """Register the topic's current schema; the id. Idempotent.

        Raises ``SchemaError`` if the registry holds an incompatible one, or takes ours for no schema.
        """
        text = avro_files.versions(topic.record)[-1]
        try:
            return int(self._client.register_schema(topic.subject, Schema(text, "AVRO")))
        except SchemaRegistryError as error:
            if error.http_status_code == INCOMPATIBLE:
                raise SchemaError(f"subject {topic.subject} holds an incompatible schema") from error
            if error.http_status_code == UNPROCESSABLE:
                raise SchemaError(f"the Schema Registry refuses the schema of {topic.subject}") from error
            raise _refusal(error) from error
        except Exception as error:  # httpx, and OSError below it, in whatever wrapping the client's version uses
            raise _unreachable(error) from error

    def find(self, schema_id: int) -> ParsedSchema | None:
        """The schema of that id, or None if the registry has none that is Avro."""
        if schema_id in self._found:
            return self._found[schema_id]
        if schema_id in self._unknown:
            return None
        try:
            schema = self._client.get_schema(schema_id)
            parsed = avro_files.parse(schema.schema_str or "")
        except SchemaRegistryError as error:
            if error.error_code == SCHEMA_NOT_FOUND or error.http_status_code in NO_SUCH_ID:
                self._unknown[schema_id] = None
                return None
            raise _refusal(error) from error
        except (SchemaError, RecursionError):  # not Avro, or nested deeper than anybody could read
            self._unknown[schema_id] = None
            return None
        except Exception as error:
            raise _unreachable(error) from error
        self._found[schema_id] = parsed
        return parsed


def _refusal(error: SchemaRegistryError) -> RegistryUnavailable | RegistryRefused:
    """The registry answered: it is overloaded or broken for now, or does not want to answer this."""
    status = error.http_status_code
    said = f"Schema Registry answered {status}"
    if 400 <= status < 500 and status not in PASSING:
        return RegistryRefused(f"{said}: look at UNDERTONE_SCHEMA_REGISTRY__URL, __USERNAME and __PASSWORD")
    return RegistryUnavailable(said)


def _unreachable(error: Exception) -> RegistryUnavailable | RegistryRefused:
    kind = type(error).__name__
    if isinstance(error, RecursionError | TypeError | AttributeError):  # never of the network
        return RegistryRefused(f"Schema Registry: what it answered cannot be read: {kind}")
    return RegistryUnavailable(f"Schema Registry cannot be reached: {kind}")
