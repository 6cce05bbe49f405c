"""TCP proxy before the local broker that makes older Kafka clients work with it.

Tansu answers ApiVersions with tagged fields, which is right, and which librdkafka before 2.1
misreads (it skips one byte too few for each) and then gives up: kcat as Debian ships it, among
others. So the first answer of each connection, if it is that one, is passed on without its tagged
fields, which no client needs; after it bytes go through as they are.

``python -m infra.local.broker_front --port 9092 --broker-port PORT``
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import struct

API_VERSIONS, FIRST_FLEXIBLE = 18, 3
SIZE = struct.Struct(">i")
REQUEST_HEADER = struct.Struct(">hh")
# Correlation id and error code; then a compact array of entries of seven bytes, and four bytes of
# throttle time.
PREFIX, ENTRY, THROTTLE = 6, 7, 4
LARGEST_FIRST_FRAME = 2**20
CHUNK = 2**16


def without_tags(answer: bytes) -> bytes:
    """An ApiVersions answer (version 3 or later, without its size) with an empty section of tagged
    fields.

    https://kafka.apache.org/protocol#The_Messages_ApiVersions
    """
    entries, position = _unsigned_varint(answer, PREFIX)
    end = position + max(0, entries - 1) * ENTRY + THROTTLE
    return answer[:end] + b"\x00" if len(answer) > end else answer


def _unsigned_varint(data: bytes, position: int) -> tuple[int, int]:
    """(value, where it ends)."""
    value, shift = 0, 0
    while position < len(data):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            break
    return value, position


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = SIZE.unpack(await reader.readexactly(SIZE.size))
    if not 0 < size <= LARGEST_FIRST_FRAME:
        raise ConnectionError("not Kafka's protocol")
    return await reader.readexactly(size)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def serve(
    broker_port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection, until either side ends it."""
    ends = [writer]
    with contextlib.suppress(OSError, struct.error, asyncio.IncompleteReadError):
        broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", broker_port)
        ends.append(broker_writer)
        request = await _frame(reader)
        broker_writer.write(SIZE.pack(len(request)) + request)
        key, version = REQUEST_HEADER.unpack_from(request)
        if key == API_VERSIONS and version >= FIRST_FLEXIBLE:
            answer = without_tags(await _frame(broker_reader))
            writer.write(SIZE.pack(len(answer)) + answer)
        pipes = [
            asyncio.create_task(_pass_on(reader, broker_writer)),
            asyncio.create_task(_pass_on(broker_reader, writer)),
        ]
        _, unfinished = await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        for pipe in unfinished:
            pipe.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)
    for end in ends:
        end.close()


async def run(port: int, broker_port: int) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await asyncio.start_server(
        lambda reader, writer: serve(broker_port, reader, writer), "127.0.0.1", port
    )
    await stop.wait()
    server.close()


def main() -> None:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(
        description="A door before the local broker that lets older clients in"
    )
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--broker-port", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(run(options.port, options.broker_port))


if __name__ == "__main__":
    main()
