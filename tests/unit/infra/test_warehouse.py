"""The parts of the warehouse that need no server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.warehouse.parameters import portions, room
from infra.warehouse.refusals import refusal
from infra.warehouse.statements import split
from schemas.errors import QueryError, RowMisfit, TargetRefused, WarehouseUnavailable


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
def test_statements_end_at_semicolons_outside_quotes_and_comments(
    sql: str, statements: tuple[str, ...]
) -> None:
    assert split(sql) == statements


@pytest.mark.parametrize("code", [159, 202, 209, 210, 241, 242, 252])
def test_overload_and_lost_connections_are_worth_another_try(code: int) -> None:
    error = refusal(code, "Code: 1. DB::Exception: about 'some value'", quote=True)

    assert isinstance(error, WarehouseUnavailable)
    assert "some value" not in str(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (60, TargetRefused),
        (497, TargetRefused),
        (53, RowMisfit),
        (469, RowMisfit),
        (49, QueryError),
    ],
)
def test_a_refusal_says_whether_it_is_about_the_statement_or_about_a_row(
    code: int, kind: type[QueryError]
) -> None:
    assert type(refusal(code, "", quote=False)) is kind


def test_what_is_wrong_with_a_statement_is_said_in_one_line() -> None:
    text = (
        "Code: 62. DB::Exception: Syntax error: failed at position 1. (SYNTAX_ERROR) (version "
        "26.9.1.1)\nStack trace: …"
    )

    error = refusal(62, text, quote=True)

    assert isinstance(error, QueryError)
    assert (str(error), error.code) == (
        "ClickHouse error 62 (SYNTAX_ERROR): Syntax error: failed at position 1",
        62,
    )


@pytest.mark.parametrize(
    ("code", "quote"), [(6, True), (53, True), (395, True), (None, True), (62, False), (60, False)]
)
def test_text_that_may_quote_a_value_is_dropped(code: int | None, quote: bool) -> None:
    error = refusal(code, "DB::Exception: Cannot parse string 'some value' as Int64", quote=quote)

    assert isinstance(error, QueryError)
    assert "some value" not in str(error)


@given(
    st.lists(st.text() | st.integers(0, 300_000).map(lambda length: "x" * length)),
    st.integers(1, 100_000),
)
def test_portions_hold_every_value_once_in_order_and_each_fits_or_is_single(
    values: list[str], most: int
) -> None:
    found = list(portions(values, most))
    assert [value for portion in found for value in portion] == values
    assert all(portion for portion in found)
    literals = [
        sum(len(repr(value.encode("utf8", "surrogatepass"))) for value in portion)
        for portion in found
    ]
    assert all(
        size <= most or len(portion) == 1 for size, portion in zip(literals, found, strict=True)
    )


def test_a_statement_of_usual_size_changes_no_setting_and_a_long_one_makes_room() -> None:
    sql = "SELECT 1 FROM reviews WHERE review_id IN %(ids)s OR product_id = %(one)s"
    assert room(sql, None) == room(sql, {"ids": ("a",) * 100, "one": "b"}) == {}
    assert room(sql, {"ids": ("a",), "one": "b" * 300_000})["max_query_size"] > 300_000
    with pytest.raises(QueryError, match="the limit"):
        room(sql, {"ids": ("a" * 5_000_000,), "one": ""})
