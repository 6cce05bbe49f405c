"""Rewriting the broker's first answer."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from infra.local.broker_front import without_tags

entries = st.lists(
    st.tuples(st.integers(0, 80), st.integers(0, 9), st.integers(9, 20)), max_size=300
)


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def answer(apis: list[tuple[int, int, int]], tags: bytes) -> bytes:
    body = b"".join(struct.pack(">hhh", *api) + b"\x00" for api in apis)
    return struct.pack(">ih", 1, 0) + varint(len(apis) + 1) + body + struct.pack(">i", 0) + tags


@given(entries, st.binary(min_size=1))
def test_whatever_is_tagged_is_dropped_and_the_rest_stays(
    apis: list[tuple[int, int, int]], tags: bytes
) -> None:
    assert without_tags(answer(apis, tags)) == answer(apis, b"\x00")


@given(st.binary(max_size=50))
def test_an_answer_of_another_kind_does_no_harm(data: bytes) -> None:
    assert len(without_tags(data)) <= len(data)


def test_tansus_own_answer() -> None:
    tags = bytes.fromhex("04000101" + "0108" + "ff" * 7 + "020101030100")
    assert without_tags(answer([(18, 0, 4)], tags)) == answer([(18, 0, 4)], b"\x00")
