"""Logging set-up: one line per record on standard error, as text or JSON."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from infra.settings import LogSettings

# These say at INFO what nobody operating Undertone can use; their warnings stay.
TALKATIVE = (
    "aiokafka",
    "faust",
    "mode",
    "tldextract",
    "httpx",
    "httpx2",
    "httpcore",
    "absl",
    "clickhouse_connect",
    "tensorflow",
)
# These put the text they work on into their warnings, or say twice what we say ourselves.
SILENCED = ("presidio-analyzer", "urllib3")


# What ends a line, moves a terminal's cursor or turns the direction of text: C0 without the tab,
# DEL, C1, and of Unicode's formats the separators of lines and paragraphs and the embeddings of
# direction.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class TextFormatter(logging.Formatter):
    """One line a record, whatever is in it: what came in from outside cannot look like a line of
    its own.

    Only a traceback, which comes behind its record, has lines of its own; each is indented.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        """See ``logging.Formatter``."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        """See ``logging.Formatter``."""
        return "\n".join(f"    {escaped(line)}" for line in super().formatException(ei).split("\n"))

    def formatStack(self, stack_info: str) -> str:
        """See ``logging.Formatter``."""
        return "\n".join(
            f"    {escaped(line)}" for line in super().formatStack(stack_info).split("\n")
        )


def escaped(text: str) -> str:
    """Control characters as Python writes them."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """``record`` as JSON, with the traceback, if any, in ``error``."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return orjson.dumps(entry).decode()


def configure(settings: LogSettings) -> None:
    """Set up the root logger. Called once, by the composition root."""
    handler = logging.StreamHandler(sys.stderr)
    text = TextFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if settings.format == "json" else text)
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
