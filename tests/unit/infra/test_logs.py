"""Log lines: one a record, whatever is in it."""

from __future__ import annotations

import io
import json
import logging

from hypothesis import given
from hypothesis import strategies as st

from infra.logs import CONTROL, JsonFormatter, TextFormatter

FORGED = "2026-01-01 00:00:00,000 ERROR   undertone: everything is lost"
TEXT = TextFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")


def written(
    formatter: logging.Formatter, message: str, *arguments: object, error: Exception | None = None
) -> str:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    info = (type(error), error, None) if error else None
    handler.emit(
        logging.LogRecord("undertone", logging.WARNING, __file__, 1, message, arguments, info)
    )
    return out.getvalue()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_came_in_cannot_make_a_line_of_its_own(value: str) -> None:
    for formatter in (TEXT, JsonFormatter()):
        line = written(formatter, "product %s is odd", value)
        assert line.endswith("\n")
        assert len(line.splitlines()) == 1 or isinstance(formatter, JsonFormatter)
        assert line.count("\n") == 1
    assert not CONTROL.search(written(TEXT, "product %s is odd", value)[:-1])


def test_a_forged_line_is_seen_to_be_one() -> None:
    for end in ("\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        line = written(TEXT, "product %s is odd", f"p{end}{FORGED}")
        assert line.count(FORGED) == 1
        assert len(line.splitlines()) == 1
    assert "\\x1b[2J" in written(TEXT, "%s", "\x1b[2J"), "a terminal is not cleared"


def test_a_traceback_has_lines_but_none_that_looks_like_a_record() -> None:
    lines = written(TEXT, "it failed", error=ValueError(f"bad\n{FORGED}")).splitlines()
    assert len(lines) > 1
    assert all(line.startswith("    ") for line in lines[1:])


def test_text_and_json_say_what_was_said() -> None:
    assert written(TEXT, "naïve ✓ %d\t%%", 3).endswith("undertone: naïve ✓ 3\t%\n")
    assert json.loads(written(JsonFormatter(), "a\n%s", "b"))["message"] == "a\nb"
