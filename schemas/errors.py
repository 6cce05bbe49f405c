"""The error tree of Undertone.

::

    UndertoneError
    ├── TransientError                 wait and try again; never dead-lettered
    │   ├── BrokerUnavailable          Kafka cannot be reached or did not confirm
    │   ├── RegistryUnavailable        the Schema Registry, or that of models, cannot be reached
    │ ├── WarehouseUnavailable ClickHouse, or another target of the sink, is away, overloaded or
    full │ └── EngineUnavailable the inference engine cannot be reached
    │ └── ModelNotServed it can, and does not serve the model: reviews wait, and a model to be
    loaded is not └── PermanentError trying again gives the same answer
        ├── Rejection                  one record cannot be processed → dead letter
        ├── ConfigurationError         a setting or the environment is wrong
        │   ├── PortInUse              a local server's port is taken
        │   └── RegistryRefused        the Schema Registry refuses these credentials or this request
        ├── MessageRefused Kafka refuses a message for good: too large, not authorised, no such
        topic ├── InputError a file or argument given by a person is wrong
        ├── SchemaError                a schema is invalid or incompatible
        ├── QueryError                 the warehouse refused a statement
        │ ├── TargetRefused whatever the rows: the table, its columns, the syntax or the access │
        └── RowMisfit a row does not fit its table
        ├── MigrationError             a migration changed after it was applied
        ├── ModelNotFound              no model at that reference
        ├── ModelIntegrityError        a model file does not match its manifest
        ├── TrafficRefused             a model event asks for what cannot be served
        └── TooManyRejections          the stream as a whole is bad; the worker stops

Adapters translate vendor errors with ``raise … from``. No message ever holds review text: origin
and reason only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple


class UndertoneError(Exception):
    """Root of everything Undertone raises on purpose."""


class TransientError(UndertoneError):
    """The same call may succeed later."""


class BrokerUnavailable(TransientError):
    """Kafka cannot be reached, or did not confirm a write in time."""


class RegistryUnavailable(TransientError):
    """The Schema Registry, or that of models, cannot be reached, or failed to answer."""


class WarehouseUnavailable(TransientError):
    """ClickHouse, or another target of the sink, cannot be reached, is overloaded, or has no space
    left.
    """


class EngineUnavailable(TransientError):
    """The inference engine cannot be reached."""


class ModelNotServed(EngineUnavailable):
    """The inference server answers that it has no such version: for a model that scores, something
    to wait for.
    """


class PermanentError(UndertoneError):
    """The same call will fail again."""


class Origin(NamedTuple):
    """Origin of a record: the coordinates that identify it in Kafka."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}-{self.offset}"


class Rejection(PermanentError):
    """One record that can never be processed. Raised by a stage, which knows neither its own name
    nor where the record came from: who calls it adds both (see ``Rejected``).

    ``reason`` is a stable code (see ``schemas.reasons``), ``detail`` a short explanation that never
    quotes the review.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason = reason
        self.detail = detail

    def at(self, stage: str, origin: Origin) -> Rejected:
        """The outcome of the record that came from ``origin``."""
        return Rejected(self.reason, stage=stage, origin=origin, detail=self.detail)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Outcome of a record that a stage rejected. A value: unlike an exception it holds no
    traceback, and with that no text.
    """

    reason: str
    stage: str
    origin: Origin
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.origin}: {self.reason} at {self.stage}" + (
            f" ({self.detail})" if self.detail else ""
        )


class ConfigurationError(PermanentError):
    """A setting, or the environment the process runs in, is wrong."""


class PortInUse(ConfigurationError):
    """A local server cannot listen because its port is taken."""


class RegistryRefused(ConfigurationError):
    """The Schema Registry answered, and refuses: wrong credentials, no access, no such address. Not
    about one record.
    """


class MessageRefused(PermanentError):
    """Kafka refuses a message, and would refuse it again; ``reason`` names its error, never the
    content.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class InputError(PermanentError):
    """A file or argument given by a person is wrong; the message names it."""


class SchemaError(PermanentError):
    """A schema is invalid, or not compatible with the one already registered."""


class QueryError(PermanentError):
    """The warehouse refused a statement; ``code`` is ClickHouse's error number where it gave
    one."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class TargetRefused(QueryError):
    """The table, its columns, the syntax or the access is refused, whatever the values."""


class RowMisfit(QueryError):
    """A value cannot be stored in its column: about a row, whatever the server."""


class MigrationError(PermanentError):
    """An applied migration no longer matches its file, or the numbering has a gap."""


class ModelNotFound(PermanentError):
    """There is no model at the reference given."""


class ModelIntegrityError(PermanentError):
    """A model file is missing or does not match the digest in its manifest."""


class TrafficRefused(PermanentError):
    """A model event that is not followed; ``reason`` is a stable code, and what served before goes
    on serving.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class TooManyRejections(PermanentError):
    """More records of late were rejected than the settings allow: the producer is broken, not a
    record.
    """


NOT_OF_ONE_RECORD: Final = (TransientError, ConfigurationError, MemoryError)
"""What passes through wherever the failures of one record are caught: every other record would meet
with it, too.
"""
