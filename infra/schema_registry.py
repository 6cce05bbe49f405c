"""The Schema Registry through confluent-kafka's own client."""

from __future__ import annotations

from cachetools import TTLCache
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from infra.settings import SchemaRegistrySettings
from schemas import avro_files
from schemas.avro_files import ParsedSchema
from schemas.errors import ConfigurationError, RegistryUnavailable, SchemaError
from schemas.topics import Topic

SCHEMA_NOT_FOUND = 40403
INCOMPATIBLE = 409


class SchemaRegistry:
    """Registers what we write, and finds what others wrote. Raises ``RegistryUnavailable`` where it does not answer."""

    def __init__(self, settings: SchemaRegistrySettings) -> None:
        config: dict[str, object] = {"url": settings.url, "timeout": settings.timeout_s}
        if settings.username is not None and settings.password is not None:
            config["basic.auth.user.info"] = f"{settings.username}:{settings.password.get_secret_value()}"
        if settings.ca_file is not None:
            if not settings.ca_file.is_file():
                raise ConfigurationError(f"UNDERTONE_SCHEMA_REGISTRY__CA_FILE: there is no file {settings.ca_file}")
            config["ssl.ca.location"] = str(settings.ca_file)
        self._client = SchemaRegistryClient(config)
        self._found: dict[int, ParsedSchema] = {}
        # A flood of bad records with made-up ids must not become a flood of requests; an id registered later is found soon.
        self._unknown: TTLCache[int, None] = TTLCache(maxsize=10_000, ttl=10)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def register(self, topic: Topic) -> int:
        """Register the topic's current schema; the id. Idempotent.

        Raises ``SchemaError`` if the registry holds an incompatible one.
        """
        text = avro_files.versions(topic.record)[-1]
        try:
            return int(self._client.register_schema(topic.subject, Schema(text, "AVRO")))
        except SchemaRegistryError as error:
            if error.http_status_code == INCOMPATIBLE:
                raise SchemaError(f"subject {topic.subject} holds an incompatible schema") from error
            raise RegistryUnavailable(f"Schema Registry answered {error.http_status_code}") from error
        except Exception as error:  # httpx, and OSError below it, in whatever wrapping the client's version uses
            raise RegistryUnavailable(f"Schema Registry cannot be reached: {type(error).__name__}") from error

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
            if error.error_code == SCHEMA_NOT_FOUND or error.http_status_code == 404:
                self._unknown[schema_id] = None
                return None
            raise RegistryUnavailable(f"Schema Registry answered {error.http_status_code}") from error
        except SchemaError:
            self._unknown[schema_id] = None
            return None
        except Exception as error:
            raise RegistryUnavailable(f"Schema Registry cannot be reached: {type(error).__name__}") from error
        self._found[schema_id] = parsed
        return parsed
