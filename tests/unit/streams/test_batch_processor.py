"""What becomes of a batch: in slices or carefully piece by piece, stopped half-way, and what is
counted of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from infra.kafka.publisher import Failure, Outgoing
from infra.kafka.topic_publisher import Encoder
from infra.retry import Retry
from infra.settings import RetrySettings
from schemas import avro_files, reasons, wire
from schemas.errors import BrokerUnavailable, Origin, Rejected, TooManyRejections
from schemas.inputs import RawRecord
from schemas.records import DeadLetter, ScoredReview
from schemas.text import MaskedText
from schemas.topics import DEAD_LETTERS, REVIEWS_SCORED, REVIEWS_SHADOW, Topic
from streams.pipeline import Outcome, Results
from streams.rejection_limit import RejectionLimit
from streams.router.core.swap_pauses import Pauses
from streams.worker.attempts import ALONE, TOGETHER, Attempts
from streams.worker.batch_processor import Processed, Processor
from streams.worker.chunk_size import FEWEST, ChunkSize

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORIGINS = [Origin("reviews.raw", 0, offset) for offset in range(4)]
RECORDS = [RawRecord(origin, None, b"", NOW) for origin in ORIGINS]


def processor(max_ratio: float = 1.0) -> Processor:
    unused: Any = None
    return Processor(
        pipeline=unused,
        publisher=unused,
        retry=unused,
        encode=unused,
        attempts=unused,
        limit=RejectionLimit(max_ratio, window=1),
        pauses=Pauses(lambda _: None),
        chunk_size=ChunkSize(),
        progress=lambda: None,
        stop=threading.Event(),
    )


def review(variant: str, **pii: int) -> ScoredReview:
    return ScoredReview(
        "r", "", "positive", 0.9, 0.9, MaskedText(""), "xx", 1.0, pii, None, None, None, "m", "1",
        variant, NOW, NOW
    )  # fmt: skip


def rejection(origin: Origin) -> Rejected:
    return Rejected(reasons.TOO_LONG, stage="decode", origin=origin)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_every_record_counts_once_by_its_outcome_and_every_score_by_its_variant() -> None:
    def counts() -> list[float]:
        return [
            counted("undertone_records_total", outcome="scored"),
            counted("undertone_records_total", outcome="rejected"),
            counted("undertone_dead_letters_total", reason=reasons.TOO_LONG),
            counted(
                "undertone_variant_reviews_total", language="xx", variant="champion", version="1"
            ),
            counted(
                "undertone_variant_reviews_total", language="xx", variant="shadow", version="1"
            ),
            counted("undertone_masked_entities_total", type="URL"),
            counted("undertone_masked_entities_total", type="PERSON"),
            counted("undertone_end_to_end_duration_seconds_count"),
        ]

    before = counts()
    outcomes: list[Outcome] = [
        review("champion", URL=2),
        rejection(ORIGINS[1]),
        review("champion", URL=1, PERSON=1),
        review("champion"),
    ]
    processor().finished(Processed(RECORDS, outcomes, [], [review("shadow", URL=9)], 4))
    assert [after - then for after, then in zip(counts(), before, strict=True)] == [
        3,
        1,
        1,
        3,
        1,
        3,
        1,
        3,
    ]


def test_too_many_rejections_end_it() -> None:
    with pytest.raises(TooManyRejections):
        processor(max_ratio=0.5).finished(
            Processed(RECORDS[:1], [rejection(ORIGINS[0])], [], [], 1)
        )


IDS: dict[Topic[Any], int] = {REVIEWS_SCORED: 1, REVIEWS_SHADOW: 1, DEAD_LETTERS: 2}


@dataclass
class Work:
    """Marks, stages and a publisher, and in ``steps`` what happens to them, with the offsets that
    it happens to.

    ``fails``: what the stages do for the offsets; ``shadows``: whether a shadow scores everything,
    too.
    """

    marks: dict[int, int] = field(default_factory=dict)
    fails: Callable[[list[int]], None] = lambda offsets: None
    shadows: bool = False
    refused: frozenset[str] = frozenset()
    steps: list[tuple[str, list[int]]] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    waited: list[int] = field(default_factory=list)

    def read(self, partitions: Collection[int]) -> dict[int, int]:
        return {number: self.marks[number] for number in partitions if number in self.marks}

    def write(self, numbers: Mapping[int, int]) -> None:
        self.marks.update(numbers)
        self.steps += [
            (("released", "begun", "together", "alone")[number & 3], [number >> 2])
            for number in numbers.values()
        ]

    def __call__(self, records: Sequence[RawRecord], _: Any) -> Results:
        offsets = [record.origin.offset for record in records]
        self.steps.append(("work", offsets))
        self.fails(offsets)
        reviews = [replace(review("champion"), review_id=f"r{offset}") for offset in offsets]
        shadows = (
            [(at, replace(each, variant="shadow")) for at, each in enumerate(reviews)]
            if self.shadows
            else []
        )
        return Results(list(reviews), shadows, self.live())

    def live(self) -> Any:
        return self

    def send(self, messages: Sequence[Outgoing]) -> list[Failure]:
        self.steps.append(
            (
                "send",
                [
                    int((dict(message.headers)["ce_id"] or b"").rpartition(b"-")[2])
                    for message in messages
                ],
            )
        )
        fitting = [message.topic not in self.refused for message in messages]
        self.sent += [message for message, fits in zip(messages, fitting, strict=True) if fits]
        return [
            Failure(at, messages[at].topic, "X", True, True, False)
            for at, fits in enumerate(fitting)
            if not fits
        ]

    def processor(self) -> Processor:
        parts: Any = self
        return replace(
            processor(),
            pipeline=parts,
            publisher=parts,
            retry=Retry(
                RetrySettings(first_s=0.001, max_s=0.001),
                self.stop,
                lambda _: self.waited.append(self.marks[0]),
            ),
            encode=Encoder(IDS.__getitem__),
            attempts=Attempts(parts, 400),
            stop=self.stop,
        )


def batch_of(offsets: range) -> list[RawRecord]:
    return [RawRecord(Origin("reviews.raw", 0, offset), None, b"", NOW) for offset in offsets]


def test_a_worker_that_goes_on_carefully_delivers_each_piece_before_the_next() -> None:
    work = Work({0: 10 << 2 | ALONE})
    whole = work.processor().process(batch_of(range(10, 13)))
    assert work.steps == [
        ("send", [10]),
        ("alone", [11]), ("work", [11]), ("together", [11]), ("send", [11]),
        ("alone", [12]), ("work", [12]), ("together", [12]), ("send", [12]),
    ]  # fmt: skip
    condemned = wire.decode(
        DeadLetter, wire.split(work.sent[0].value)[1], avro_files.current("DeadLetter")
    )
    assert (condemned.offset, condemned.reason) == (10, reasons.WORKER_CRASH)
    assert [message.topic for message in work.sent] == [
        DEAD_LETTERS.name,
        REVIEWS_SCORED.name,
        REVIEWS_SCORED.name,
    ]
    assert (whole.done, len(whole.records), len(whole.outcomes), whole.messages) == (3, 3, 3, [])


def test_what_a_worker_delivered_before_it_died_is_done_and_not_worked_on_again() -> None:
    work = Work({0: 12 << 2 | TOGETHER})
    whole = work.processor().process(batch_of(range(10, 14)))
    assert [step for step in work.steps if step[0] in {"work", "send"}] == [
        ("work", [12]), ("send", [12]), ("work", [13]), ("send", [13]),
    ]  # fmt: skip
    assert (whole.done, [record.origin.offset for record in whole.records]) == (4, [12, 13])


def test_a_record_that_waits_for_a_server_is_not_the_one_that_is_marked_alone() -> None:
    answers = [BrokerUnavailable("away"), None]

    def fails(_: list[int]) -> None:
        if (answer := answers.pop(0)) is not None:
            raise answer

    work = Work({0: 10 << 2 | TOGETHER}, fails)
    assert work.processor().process(batch_of(range(10, 11))).done == 1
    assert work.waited == [10 << 2 | TOGETHER]
    assert [message.topic for message in work.sent] == [REVIEWS_SCORED.name]


def test_asked_to_stop_it_ends_after_the_slice_or_the_piece_that_it_is_at() -> None:
    for marks, done in (({}, FEWEST), ({0: 0 << 2 | TOGETHER}, 1)):
        work = Work(marks)
        work.fails = lambda _, work=work: work.stop.set()  # type: ignore[misc]
        part = work.processor().process(batch_of(range(100)))
        assert (part.done, len(part.records), len(part.outcomes)) == (done, done, done)
        assert [offsets for step, offsets in work.steps if step == "work"] == [list(range(done))]


def test_what_a_shadow_said_goes_with_the_record_that_it_said_it_of_in_every_slice() -> None:
    work = Work(shadows=True)
    made = work.processor()
    batch = made.process(batch_of(range(FEWEST + 8)))
    made.deliver(batch)
    for topic in (REVIEWS_SCORED, REVIEWS_SHADOW):
        of_topic = [message for message in work.sent if message.topic == topic.name]
        assert [message.key for message in of_topic] == [
            b"r%d" % offset for offset in range(FEWEST + 8)
        ]
        assert all(
            dict(each.headers)["ce_id"] == b"reviews.raw-0-" + (each.key or b"")[1:]
            for each in of_topic
        )
    assert len(batch.shadows) == batch.done == FEWEST + 8


def test_what_a_shadow_said_and_kafka_does_not_take_is_left_out_and_the_reviews_are_delivered() -> (
    None
):
    work = Work(shadows=True, refused=frozenset({REVIEWS_SHADOW.name}))
    made = work.processor()
    made.deliver(made.process(batch_of(range(3))))
    assert [message.topic for message in work.sent] == [REVIEWS_SCORED.name] * 3


def test_of_a_record_that_only_fails_in_company_with_shadows_everything_keeps_its_place() -> None:
    def fails(offsets: list[int]) -> None:
        if 1 in offsets:
            raise ValueError

    work = Work(fails=fails, shadows=True)
    made = work.processor()
    batch = made.process(batch_of(range(3)))
    made.deliver(batch)
    assert [type(outcome).__name__ for outcome in batch.outcomes] == [
        "ScoredReview",
        "Rejected",
        "ScoredReview",
    ]
    assert [message.key for message in work.sent if message.topic == REVIEWS_SHADOW.name] == [
        b"r0",
        b"r2",
    ]


def test_every_slice_is_progress_and_shows_how_many_records_fit_into_the_next() -> None:
    work, beats = Work(), list[int]()
    made = replace(work.processor(), progress=lambda: beats.append(1))
    made.process(batch_of(range(FEWEST + 8)))
    assert len(beats) == 2
    assert made.chunk_size.records > FEWEST


@pytest.mark.parametrize("marks", [{}, {0: 0 << 2 | TOGETHER}])
def test_a_swap_of_models_between_two_slices_or_pieces_is_timed(marks: dict[int, int]) -> None:
    swaps: list[Any] = []
    work, models = Work(marks), iter([object(), object()] + [None] * 100)
    work.live = lambda: next(models)  # type: ignore[method-assign]
    replace(work.processor(), pauses=Pauses(swaps.append)).process(batch_of(range(FEWEST + 8)))
    assert len(swaps) >= 1


def test_what_shadows_said_of_pieces_is_counted_with_the_batch() -> None:
    work = Work({0: 0 << 2 | TOGETHER}, shadows=True)
    whole = work.processor().process(batch_of(range(3)))
    assert [each.review_id for each in whole.shadows] == ["r0", "r1", "r2"]
