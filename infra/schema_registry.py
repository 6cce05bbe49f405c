"""Schema Registry adapter, on confluent-kafka's client."""

from __future__ import annotations

from typing import Any

from cachetools import TTLCache
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from infra.settings import SchemaRegistrySettings
from schemas import avro_files
from schemas.avro_files import ParsedSchema
from schemas.errors import ConfigurationError, RegistryRefused, RegistryUnavailable, SchemaError
from schemas.topics import Topic

SCHEMA_NOT_FOUND = 40403
INCOMPATIBLE = 409
UNPROCESSABLE = 422
HIGHEST_ID = 2**31 - 1
"""No registry gives a higher id, and asked for one they answer with errors of many kinds; the id
came with a record.
"""
PASSING = (404, 408, 425, 429)
"""Statuses of 4xx that are waited for. A 404 that does not say that the schema is unknown is a
proxy's or an unknown path's: taken for an answer about the schema, a mistaken route would make dead
letters of everything."""


class SchemaRegistry:
    """Registers what we write, and finds what others wrote.

    Raises ``RegistryUnavailable`` where it does not answer, ``RegistryRefused`` where it refuses
    whatever it is asked. What it refuses about one id alone is a ``SchemaError``, for the id came
    with a record.
    """

    def __init__(self, settings: SchemaRegistrySettings) -> None:
        config: dict[str, object] = {"url": settings.url, "timeout": settings.timeout_s}
        if settings.username is not None and settings.password is not None:
            config["basic.auth.user.info"] = (
                f"{settings.username}:{settings.password.get_secret_value()}"
            )
        if settings.ca_file is not None:
            if not settings.ca_file.is_file():
                raise ConfigurationError(
                    f"UNDERTONE_SCHEMA_REGISTRY__CA_FILE: there is no file {settings.ca_file}"
                )
            config["ssl.ca.location"] = str(settings.ca_file)
        self._client = SchemaRegistryClient(config)
        self._strategies = settings.subject_strategies
        self._found: dict[int, ParsedSchema] = {}
        self._allowed: set[tuple[int, str]] = set()
        # A flood of bad records with made-up ids must not become a flood of requests; an id
        # registered later is found soon.
        self._refused: TTLCache[tuple[int, str], SchemaError | None] = TTLCache(
            maxsize=10_000, ttl=10
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def register(self, topic: Topic[Any]) -> int:
        """Register the topic's current schema; the id. Idempotent.

        Raises ``SchemaError`` if the registry holds an incompatible one, or takes ours for no
        schema.
        """
        try:
            return int(self._client.register_schema(topic.subject, Schema(topic.schema, "AVRO")))
        except SchemaRegistryError as error:
            if error.http_status_code == INCOMPATIBLE:
                raise SchemaError(
                    f"subject {topic.subject} holds an incompatible schema"
                ) from error
            if error.http_status_code == UNPROCESSABLE:
                raise SchemaError(
                    f"the Schema Registry refuses the schema of {topic.subject}"
                ) from error
            raise _refusal(error) from error
        except (
            Exception
        ) as error:  # httpx, and OSError below it, in whatever wrapping the client's version uses
            raise _unreachable(error) from error

    def find(self, schema_id: int, topic: str) -> ParsedSchema | None:
        """The schema of that id, or None if no subject of the topic has it.

        Any other subject's schema would let whoever may write to the topic choose how its records
        are decoded. Raises ``SchemaError`` for what is no Avro schema or is refused by
        ``schemas.avro_bounds``.
        """
        if schema_id > HIGHEST_ID:
            return None
        if (schema_id, topic) in self._allowed:
            return self._found[schema_id]
        if (schema_id, topic) in self._refused:
            if (refusal := self._refused[schema_id, topic]) is not None:
                raise refusal
            return None
        try:
            return self._ask(schema_id, topic)
        except SchemaError as error:
            self._refused[schema_id, topic] = error
            raise
        except SchemaRegistryError as error:
            if error.error_code == SCHEMA_NOT_FOUND:
                self._refused[schema_id, topic] = None
                return None
            failure: SchemaError | RegistryUnavailable | RegistryRefused = _refusal(error)
            cause: Exception = error
        except Exception as error:
            failure, cause = _unreachable(error), error
        if isinstance(failure, RegistryRefused) and self._answers():
            failure = self._refused[schema_id, topic] = SchemaError(
                f"schema id {schema_id}: {failure}"
            )
        raise failure from cause

    def _answers(self) -> bool:
        """Whether the registry answers a question to which any client with access gets an answer.

        That is about a schema that it gave us before; where there was none, the list of subjects.
        """
        try:
            if self._found:
                self._client.get_subjects_by_schema_id(next(iter(self._found)), deleted=True)
            else:
                self._client.get_subjects(limit=1)
        except Exception:  # whatever is wrong is not about one record
            return False
        return True

    def _ask(self, schema_id: int, topic: str) -> ParsedSchema | None:
        # A subject that was deleted since still has records on the topic.
        subjects = set(self._client.get_subjects_by_schema_id(schema_id, deleted=True))
        if schema_id not in self._found:
            self._found[schema_id] = avro_files.parse(
                self._client.get_schema(schema_id).schema_str or ""
            )
        parsed = self._found[schema_id]
        names = {
            "topic": f"{topic}-value",
            "record": parsed.get("name"),
            "topic_record": f"{topic}-{parsed.get('name')}",
        }
        if subjects.isdisjoint(names[strategy] for strategy in self._strategies):
            self._refused[schema_id, topic] = None
            return None
        self._allowed.add((schema_id, topic))
        return parsed


def _refusal(error: SchemaRegistryError) -> RegistryUnavailable | RegistryRefused:
    """The registry answered: it is overloaded or broken for now, or does not want to answer
    this."""
    status = error.http_status_code
    said = f"Schema Registry answered {status}"
    if 400 <= status < 500 and status not in PASSING:
        return RegistryRefused(
            f"{said}: look at UNDERTONE_SCHEMA_REGISTRY__URL, __USERNAME and __PASSWORD"
        )
    return RegistryUnavailable(said)


def _unreachable(error: Exception) -> RegistryUnavailable | RegistryRefused:
    kind = type(error).__name__
    if isinstance(error, RecursionError | TypeError | AttributeError):  # never of the network
        return RegistryRefused(f"Schema Registry: what it answered cannot be read: {kind}")
    return RegistryUnavailable(f"Schema Registry cannot be reached: {kind}")
