"""W3C trace context: what is passed on, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.trace import trace_context, valid_state

PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    "parent",
    [
        b"jane.roe@example.com",
        b"00-1-2-01",
        PARENT.upper(),
        PARENT + b"-jane.roe@example.com",
        b"ff" + PARENT[2:],
        b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-" + b"0" * 16 + b"-01",
        PARENT + b"\n",
        b"",
        None,
    ],
)
def test_what_is_no_traceparent_is_not_passed_on_nor_is_its_state(parent: bytes | None) -> None:
    assert trace_context([("traceparent", parent), ("tracestate", b"vendor=1")]) == ()


@pytest.mark.parametrize(
    "state",
    [
        b"vendor=1",
        b"a=1,b=2",
        b"rojo=00f067aa0ba902b7 , congo=t61rcWkgMzE",
        b"tenant@vendor=x y",
        b"a=1,,b=2",
        b"1@v=z",
    ],
)
def test_a_valid_state_goes_with_its_parent(state: bytes) -> None:
    assert trace_context([("x", b"y"), ("tracestate", state), ("traceparent", PARENT)]) == (
        ("traceparent", PARENT),
        ("tracestate", state),
    )


@pytest.mark.parametrize(
    "state",
    [
        b"jane.roe@example.com",
        b"vendor=jane.roe@example.com",
        b"Vendor=1",
        b"a=1,a=2",
        b"a=b=c",
        b"a=",
        b"a=\xff",
        b"a=1\n",
        b",".join(b"k%d=1" % n for n in range(33)),
        b"a=" + b"x" * 257,
        b"a=" + b"x" * 600,
        b"",
        b",",
        None,
    ],
)
def test_what_is_no_state_stays_behind(state: bytes | None) -> None:
    assert trace_context([("traceparent", PARENT), ("tracestate", state)]) == (
        ("traceparent", PARENT),
    )


@given(st.binary(max_size=600))
def test_any_bytes_are_judged_and_what_is_valid_holds_no_address(state: bytes) -> None:
    if valid_state(state):
        assert len(state) <= 512
        assert not any(b"@" in member.partition(b"=")[2] for member in state.split(b","))
