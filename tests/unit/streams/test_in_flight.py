"""Batches complete in order, after delivery, and only so many are under way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from streams.in_flight import InFlight


class Recorder:
    """Stands for stages, delivery and ack; keeps what happened in order."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.failure: BaseException | None = None
        self.told = asyncio.Event()
        self.gate = threading.Event()
        self.gate.set()

    def process(self, items: Sequence[int]) -> int:
        self.log.append(f"process {items[0]}")
        return items[0]

    def deliver(self, result: int) -> None:
        self.gate.wait(10)
        if result == 99:
            raise OSError("no")
        self.log.append(f"deliver {result}")

    def complete(self, items: Sequence[int], result: int) -> bool:
        self.log.append(f"complete {result}")
        return result != 50

    def failed(self, error: BaseException) -> None:
        self.failure = error
        self.told.set()

    def in_flight(self, limit: int) -> InFlight[int, int]:
        return InFlight(
            process=self.process,
            deliver=self.deliver,
            complete=self.complete,
            failed=self.failed,
            limit=limit,
        )


async def test_batches_are_completed_in_order_after_their_delivery() -> None:
    recorder = Recorder()
    flight = recorder.in_flight(3)
    for number in range(20):
        await flight.submit([number])
    await flight.close()
    assert [line for line in recorder.log if "complete" in line] == [
        f"complete {number}" for number in range(20)
    ]
    for number in range(20):
        assert recorder.log.index(f"deliver {number}") < recorder.log.index(f"complete {number}")


async def test_no_more_than_the_limit_are_taken_until_one_is_done() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    flight = recorder.in_flight(2)
    await flight.submit([0])
    await flight.submit([1])
    third = asyncio.create_task(flight.submit([2]))
    await asyncio.sleep(0.05)
    assert not third.done()
    assert "process 2" not in recorder.log
    recorder.gate.set()
    await third
    await flight.close()
    assert recorder.log[-1] == "complete 2"


async def test_the_next_batch_is_asked_for_when_the_stages_are_free_not_before() -> None:
    entered, leave = threading.Event(), threading.Event()

    def process(items: Sequence[int]) -> int:
        entered.set()
        leave.wait(10)
        return items[0]

    flight = InFlight(
        process=process, deliver=lambda _: None, complete=lambda *_: True, failed=print, limit=2
    )
    submitted = asyncio.create_task(flight.submit([0]))
    await asyncio.to_thread(entered.wait, 10)
    assert not submitted.done()
    leave.set()
    await submitted
    await flight.close()


async def test_after_a_failure_nothing_more_is_completed_and_the_owner_is_told() -> None:
    recorder = Recorder()
    flight = recorder.in_flight(4)
    for number in (12, 99, 14):
        await flight.submit([number])
    await asyncio.wait_for(recorder.told.wait(), 10)
    await flight.close()
    assert isinstance(recorder.failure, OSError)
    assert [line for line in recorder.log if "complete" in line] == ["complete 12"]
    assert "deliver 14" not in recorder.log


async def test_after_a_batch_that_was_not_done_whole_nothing_more_is_completed() -> None:
    recorder = Recorder()
    flight = recorder.in_flight(4)
    for number in (12, 50, 14):
        await flight.submit([number])
    await flight.close()
    assert [line for line in recorder.log if "complete" in line] == ["complete 12", "complete 50"]
    assert recorder.failure is None


async def test_once_closed_it_takes_nothing_and_complains_of_nothing() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    flight = recorder.in_flight(4)
    await flight.submit([99])
    closing = asyncio.create_task(flight.close())
    await asyncio.sleep(0)
    recorder.gate.set()
    await closing
    await flight.submit([15])
    assert recorder.failure is None
    assert "process 15" not in recorder.log
