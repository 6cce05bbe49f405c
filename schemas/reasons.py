"""Rejection reasons: the stable codes used in dead letters, metrics and the view
``dead_letter_reasons``.
"""

from __future__ import annotations

from typing import Final

EMPTY_VALUE: Final = "empty_value"
"""The record has no value (a tombstone, or zero bytes)."""

BAD_WIRE_FORMAT: Final = "bad_wire_format"
"""It starts with byte 0 but is too short to hold a schema id."""

UNKNOWN_SCHEMA: Final = "unknown_schema"
"""The Schema Registry has no schema of that id for the subjects of the topic."""

NOT_JSON: Final = "not_json"
"""Neither the Confluent wire format nor a JSON document in UTF-8."""

BAD_SCHEMA: Final = "bad_schema"
"""Readable, but a field is missing, of the wrong type, out of range or too long
(``schemas.inputs.LONGEST``); or the Avro body does not fit its schema; or no record is decoded with
that schema, because decoding could cost more than the size of a record explains."""

EMPTY_TEXT: Final = "empty_text"
"""The text is empty after cleaning."""

TOO_LONG: Final = "too_long"
"""The text is longer than ``schemas.records.MAX_TEXT`` characters."""

UNSUPPORTED_LANGUAGE: Final = "unsupported_language"
"""The text is, with confidence, in a language that no live model serves; the detail is its code.
Only where ``UNDERTONE_LANGUAGE__UNSERVED`` is ``reject``, or the language is not among
``UNDERTONE_LANGUAGE__SUPPORTED``, or was retired."""

PROCESSING_ERROR: Final = "processing_error"
"""A stage failed on this record alone; the detail is the name of the error."""

NOT_STORED: Final = "not_stored"
"""ClickHouse, or its driver, refuses this row alone; the detail is the number or name of the error.
"""

TOO_LARGE: Final = "too_large"
"""Kafka takes no message that large. Where the record itself does not fit, the dead letter has no
value: the detail keeps the first reason, the size and the SHA-256. Or the record came in a
compressed batch that expands to more than a reader unpacks, or is damaged: one dead letter, at the
last offset, then stands for the batch."""

WORKER_CRASH: Final = "worker_crash"
"""The worker that processed it crashed, at least once in a batch and once with this record alone.
"""
