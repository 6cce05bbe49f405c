"""Bounded decompression of record batches: a megabyte of zstd may expand to thirty gigabytes.

Brokers check only the size of what is compressed. A worker that unpacks such a batch is killed for
its memory, and so is every worker that gets the partition next. Snappy, at 21 to 1 at most, needs
no bound.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import cramjam
from aiokafka.record import default_records as in_python
from aiokafka.record._crecords import default_records as compiled
from backports.zstd import ZstdDecompressor

LARGEST: Final = 128 * 2**20
"""Bytes of an unpacked batch. A producer fills a batch with a megabyte before it compresses it;
this leaves room for others.
"""
LZ4_RATIO: Final = 255


class TooLarge(Exception):
    """A batch unpacks to more than ``LARGEST`` bytes."""


def bound() -> None:
    """From now on aiokafka raises ``TooLarge`` in this process instead of unpacking more than
    ``LARGEST`` bytes.
    """
    for module in (in_python, compiled):
        module.gzip_decode, module.zstd_decode, module.lz4_decode = _gzip, _zstd, _lz4


def _gzip(data: Any) -> bytes:
    return _whole(partial(zlib.decompressobj, zlib.MAX_WBITS | 16), data)


def _zstd(data: Any) -> bytes:
    return _whole(ZstdDecompressor, data)


def _whole(begin: Callable[[], Any], data: Any) -> bytes:
    """All members or frames of ``data``, one after the other."""
    found, left = bytearray(), bytes(data)
    while left:
        stream = begin()
        found += stream.decompress(left, LARGEST + 1 - len(found))
        if len(found) > LARGEST:
            raise TooLarge
        if not stream.eof:
            raise EOFError
        left = stream.unused_data
    return bytes(found)


def _lz4(data: Any) -> bytes:
    """LZ4 expands by 255 at most: little is certain to fit, and what may not is unpacked where
    there is room for so much only.
    """
    if len(data) <= LARGEST // LZ4_RATIO:
        return bytes(cramjam.lz4.decompress(data))
    room = bytearray(LARGEST)
    try:
        return bytes(room[: cramjam.lz4.decompress_into(data, room)])
    except cramjam.DecompressionError as error:
        raise TooLarge from error
