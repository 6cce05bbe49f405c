"""Translation of ClickHouse errors: transient or permanent, and with which part of the message."""

from __future__ import annotations

import logging
import re
import struct
from typing import Final

from schemas.errors import QueryError, RowMisfit, TargetRefused, WarehouseUnavailable

TRANSIENT: Final = {
    # The connection, as the server saw it.
    3: "UNEXPECTED_END_OF_FILE",
    32: "ATTEMPT_TO_READ_AFTER_EOF",
    203: "NO_FREE_CONNECTION",
    209: "SOCKET_TIMEOUT",
    210: "NETWORK_ERROR",
    279: "ALL_CONNECTION_TRIES_FAILED",
    # Load: it passes. A query that is too big whatever the load also ends up here; it is named in
    # the message, and nothing that retries sends such queries.
    159: "TIMEOUT_EXCEEDED",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    241: "MEMORY_LIMIT_EXCEEDED",
    # merges lag behind. Our tables never get it for the partitions of one insert: see 0001
    252: "TOO_MANY_PARTS",
    439: "CANNOT_SCHEDULE_TASK",
    745: "SERVER_OVERLOADED",
    # Shutting down, starting up, or killed by an operator.
    236: "ABORTED",
    394: "QUERY_WAS_CANCELLED",
    # A full or lost disk, object store, Keeper or replica: operators repair it, records wait
    # meanwhile.
    225: "NO_ZOOKEEPER",
    242: "TABLE_IS_READ_ONLY",
    243: "NOT_ENOUGH_SPACE",
    285: "TOO_FEW_LIVE_REPLICAS",
    286: "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE",
    319: "UNKNOWN_STATUS_OF_INSERT",
    499: "S3_ERROR",
    999: "KEEPER_EXCEPTION",
}
"""Codes after which the same call may succeed.

Numbers: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
"""

ABOUT_THE_STATEMENT: Final = {
    16: "NO_SUCH_COLUMN_IN_TABLE",
    42: "NUMBER_OF_ARGUMENTS_DOESNT_MATCH",
    43: "ILLEGAL_TYPE_OF_ARGUMENT",
    46: "UNKNOWN_FUNCTION",
    47: "UNKNOWN_IDENTIFIER",
    57: "TABLE_ALREADY_EXISTS",
    60: "UNKNOWN_TABLE",
    62: "SYNTAX_ERROR",
    73: "UNKNOWN_FORMAT",
    81: "UNKNOWN_DATABASE",
    115: "UNKNOWN_SETTING",
    164: "READONLY",
    192: "UNKNOWN_USER",
    193: "WRONG_PASSWORD",
    215: "NOT_AN_AGGREGATE",
    497: "ACCESS_DENIED",
    516: "AUTHENTICATION_FAILED",
}
"""Codes that arise before any row is read: their text quotes the statement and the names in the
catalogue, no stored value.
"""

ABOUT_A_ROW: Final = {
    6: "CANNOT_PARSE_TEXT",
    26: "CANNOT_PARSE_QUOTED_STRING",
    27: "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
    33: "CANNOT_READ_ALL_DATA",
    38: "CANNOT_PARSE_DATE",
    41: "CANNOT_PARSE_DATETIME",
    53: "TYPE_MISMATCH",
    69: "ARGUMENT_OUT_OF_BOUND",
    70: "CANNOT_CONVERT_TYPE",
    72: "CANNOT_PARSE_NUMBER",
    117: "INCORRECT_DATA",
    128: "TOO_LARGE_ARRAY_SIZE",
    131: "TOO_LARGE_STRING_SIZE",
    321: "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    349: "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
    407: "DECIMAL_OVERFLOW",
    469: "VIOLATED_CONSTRAINT",
    691: "UNKNOWN_ELEMENT_OF_ENUM",
}
"""Codes of an insert that say of what was inserted that it cannot be stored: others may store what
others sent.
"""

_TAIL = re.compile(r"\s*(Stack trace:|In scope |\([A-Z_]+\)|\(version |\(for url |\n).*", re.DOTALL)
_HEAD = re.compile(r"^.*?DB::\w*Exception:\s*", re.DOTALL)
LONGEST: Final = 400


def refusal(code: int | None, text: str, *, quote: bool) -> QueryError | WarehouseUnavailable:
    """The error for a refusal with ClickHouse's ``code`` and ``text``, ready to raise.

    ``quote`` is false where the statement carried rows or parameters: then the text is dropped
    whatever the code. Raise the result ``from None``: a chained vendor error would show the text
    after all.
    """
    name = TRANSIENT.get(code or 0) or ABOUT_THE_STATEMENT.get(code or 0)
    label = (
        "ClickHouse error"
        + (f" {code}" if code is not None else "")
        + (f" ({name})" if name else "")
    )
    if code in TRANSIENT:
        return WarehouseUnavailable(label)
    explained = (
        _TAIL.sub("", _HEAD.sub("", text)).rstrip(". ")[:LONGEST]
        if quote and code in ABOUT_THE_STATEMENT
        else ""
    )
    kind = (
        TargetRefused
        if code in ABOUT_THE_STATEMENT
        else RowMisfit
        if code in ABOUT_A_ROW
        else QueryError
    )
    return kind(f"{label}: {explained}" if explained else label, code)


TABLE_ALREADY_EXISTS: Final = 57
UNKNOWN_TABLE: Final = 60
UNKNOWN_DATABASE: Final = 81
MISFITS: Final = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, struct.error)
"""What the drivers raise while they turn Python values into a column."""


def does_not_fit(table: str, error: Exception) -> RowMisfit:
    """The error for rows that a driver could not encode, ready to raise ``from None``: the driver's
    text quotes a value.
    """
    return RowMisfit(f"a row does not fit table {table} ({type(error).__name__})")


def unreachable(where: str, error: BaseException) -> WarehouseUnavailable:
    """The error for a connection that could not be made or was lost."""
    cause = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return WarehouseUnavailable(f"ClickHouse at {where} cannot be reached ({type(cause).__name__})")


def mute(*loggers: str) -> None:
    """Silence these loggers of a driver: they quote rows and parameters, and what matters reaches
    us as an exception.
    """
    for name in loggers:
        logging.getLogger(name).disabled = True
