"""Parser of ClickHouse HTTP requests: statement, data, format, database, settings and parameters.

https://clickhouse.com/docs/interfaces/http
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Query-string names that are no settings.
RESERVED = frozenset(
    {
        "query", "database", "default_format", "user", "password", "quota_key", "session_id",
        "session_timeout",
        "session_check", "close_session", "query_id", "role", "compress", "decompress",
        "enable_http_compression",
        "client_protocol_version", "wait_end_of_query", "buffer_size", "stacktrace",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms", "cancel_http_readonly_queries_on_client_close",
        "log_comment",
    }
)  # fmt: skip
SETTING = re.compile(r"[a-z][a-z0-9_]*")
COMMENT = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
INSERT = re.compile(rf"{COMMENT}INSERT\s+INTO\s+", re.IGNORECASE | re.DOTALL)
# The part of an INSERT before its data: up to FORMAT and its name, or up to VALUES. Backticks may
# hold anything.
HEAD = re.compile(
    r"(?P<into>(?:`[^`]*`|'[^']*'|[^`'])*?)\b(?P<settings>SETTINGS\s+\w+\s*=(?:'[^']*'|[^'])*?\b)?"
    r"(?:FORMAT\s+(?P<format>\w+)[ \t]*;?(?:\r?\n|\s|$)|VALUES\b)",
    re.I | re.S,
)
SELECTS = re.compile(
    r"^\s*(?:\([^)]*\)\s*)?(?:SETTINGS\b(?:(?!\b(?:FORMAT|VALUES)\b).)*?)?(?:SELECT|WITH)\b",
    re.I | re.S,
)
OUTPUT = re.compile(r"\bFORMAT\s+(?P<format>\w+)\s*(?:SETTINGS\b[^()]*)?$", re.IGNORECASE)
TARGET = re.compile(r"\s*(?:TABLE\s+)?(?:FUNCTION\s+\w+\s*\([^)]*\)|[\w.`\"]+)", re.IGNORECASE)
READS = re.compile(
    rf"{COMMENT}\(*\s*(?:SELECT|WITH|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN)\b",
    re.IGNORECASE | re.DOTALL,
)


class BadRequest(ValueError):
    """The request makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Query:
    """One statement.

    ``data`` is what an INSERT brings along in ``data_format``; None if the statement is whole by
    itself. ``insert_settings`` is that INSERT's SETTINGS clause, which has to stand behind the
    place the data comes from.
    """

    statement: str = field(repr=False)
    output_format: str
    database: str
    settings: dict[str, str]
    parameters: dict[str, str] = field(repr=False)
    data: bytes | None = field(default=None, repr=False)
    data_format: str = ""
    insert_settings: str = ""

    @property
    def whole(self) -> str:
        """The statement with all of its clauses, without data."""
        if self.data is None:
            return self.statement
        return f"{self.statement} {self.insert_settings} FORMAT {self.data_format}"

    @property
    def answer_format(self) -> str:
        """The format of the answer: the statement's own FORMAT clause comes before what the request
        asks for.
        """
        own = OUTPUT.search(self.statement) if self.data is None else None
        return own["format"] if own else self.output_format

    @property
    def reads_only(self) -> bool:
        """Whether it changes nothing, as far as its first word tells."""
        return READS.match(self.statement) is not None


def parse(query_string: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Query:
    """The query of a request. Raises ``BadRequest``."""
    settings = {
        name: value
        for name, value in query_string.items()
        if name not in RESERVED and not name.startswith("param_")
    }
    for name in settings:
        if not SETTING.fullmatch(name):
            raise BadRequest(f"{name!r} is not a setting's name")
    statement, data, data_format, insert_settings = _statement(query_string.get("query", ""), body)
    return Query(
        statement=statement,
        output_format=headers.get("X-ClickHouse-Format")
        or query_string.get("default_format")
        or "TabSeparated",
        database=headers.get("X-ClickHouse-Database") or query_string.get("database") or "default",
        settings=settings,
        parameters={
            name.removeprefix("param_"): value
            for name, value in query_string.items()
            if name.startswith("param_")
        },
        data=data,
        data_format=data_format,
        insert_settings=insert_settings,
    )


def _statement(query: str, body: bytes) -> tuple[str, bytes | None, str, str]:
    """Statement, data, the data's format, the INSERT's settings. The body goes on where ``query``
    ends, as ClickHouse has it.
    """
    start = query.rstrip("\r\n").encode() + b"\n" if query and body else query.encode()
    whole = start + body
    if not whole.strip():
        raise BadRequest("Empty query")
    # Only the head of an INSERT is text; its data may be anything. Latin-1 maps bytes to characters
    # one to one.
    text = whole.decode("latin-1")
    insert = INSERT.match(text)
    if insert is None:
        return _text(whole), None, "", ""
    target = TARGET.match(text, insert.end())
    if target is None or SELECTS.match(text[target.end() : target.end() + 10_000]):
        return _text(whole), None, "", ""
    head = HEAD.match(text, insert.end())
    if head is None:
        return _text(whole), None, "", ""
    into, settings = (
        _text(part.encode("latin-1"))
        for part in (f"INSERT INTO {head['into']}", head["settings"] or "")
    )
    return into, whole[head.end() :], head["format"] or "Values", settings


def _text(data: bytes) -> str:
    try:
        return data.decode().strip().rstrip(";")
    except UnicodeDecodeError:
        raise BadRequest("the statement is not UTF-8") from None
