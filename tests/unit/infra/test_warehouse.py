"""The parts of the warehouse that need no server."""

from __future__ import annotations

import pytest

from infra.warehouse.refusals import refusal
from infra.warehouse.statements import split
from schemas.errors import QueryError, WarehouseUnavailable


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("", ()),
        (" ;; \n", ()),
        ("a", ("a",)),
        ("a;b;", ("a", "b")),
        ("a 'x;y' b; c", ("a 'x;y' b", "c")),
        (r"a 'x\';y'; b", (r"a 'x\';y'", "b")),
        ("a 'x'';y'; b", ("a 'x'';y'", "b")),
        ('a "x;y" `p;q`; b', ('a "x;y" `p;q`', "b")),
        ("a -- x; 'y\nb; c", ("a  \nb", "c")),
        ("a /* x; ' */ b; c", ("a   b", "c")),
        ("# x;\na; #! y;\nb", ("a", "b")),
        ("a $$x;y$$ $t$p;$$q$t$; b", ("a $$x;y$$ $t$p;$$q$t$", "b")),
        ("a '-- x'; b '/*'; c", ("a '-- x'", "b '/*'", "c")),
    ],
)
def test_statements_end_at_semicolons_outside_quotes_and_comments(sql: str, statements: tuple[str, ...]) -> None:
    assert split(sql) == statements


@pytest.mark.parametrize("code", [159, 202, 209, 210, 241, 242, 252])
def test_overload_and_lost_connections_are_worth_another_try(code: int) -> None:
    error = refusal(code, "Code: 1. DB::Exception: about 'some value'", quote=True)

    assert isinstance(error, WarehouseUnavailable)
    assert "some value" not in str(error)


def test_what_is_wrong_with_a_statement_is_said_in_one_line() -> None:
    text = "Code: 62. DB::Exception: Syntax error: failed at position 1. (SYNTAX_ERROR) (version 26.9.1.1)\nStack trace: …"

    error = refusal(62, text, quote=True)

    assert isinstance(error, QueryError)
    assert (str(error), error.code) == ("ClickHouse error 62 (SYNTAX_ERROR): Syntax error: failed at position 1", 62)


@pytest.mark.parametrize(("code", "quote"), [(6, True), (53, True), (395, True), (None, True), (62, False), (60, False)])
def test_text_that_may_quote_a_value_is_dropped(code: int | None, quote: bool) -> None:
    error = refusal(code, "DB::Exception: Cannot parse string 'some value' as Int64", quote=quote)

    assert isinstance(error, QueryError)
    assert "some value" not in str(error)
