"""Logging: one line a record on standard error, as text or JSON."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson

from infra.settings import LogSettings

# These say at INFO what nobody operating Undertone can use; their warnings stay.
TALKATIVE = ("aiokafka", "faust", "mode", "tldextract", "httpx", "httpx2", "httpcore", "absl", "clickhouse_connect", "tensorflow")
# These put the text they work on into their warnings, or say twice what we say ourselves.
SILENCED = ("presidio-analyzer", "urllib3")


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
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if settings.format == "json" else text)
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
