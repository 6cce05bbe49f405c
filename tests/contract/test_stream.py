"""The stream, through its doors, on every broker: what is produced is scored and stored, once, and
nothing is lost.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import orjson
import pytest

from infra.kafka.admin import Admin
from infra.kafka.reader import read_topic
from infra.settings import KafkaSettings
from streams.demo.sample import load
from tests.bombs import bomb
from tests.contract import odd_records
from tests.contract.stream import (
    REVIEWS,
    TRACE,
    dead_letters,
    dead_letters_in_order,
    review,
    reviews,
    scored,
    stored,
    tables,
)
from tests.harness import Stack, wait_for
from tests.raw_produce import produce as send_batch

OUTPUTS = ("reviews.scored", "reviews.dead-letter")


def test_what_is_produced_as_json_is_scored_and_stored(stack: Stack) -> None:
    stack.produce("reviews.raw", [review("json", number) for number in range(60)], headers=[TRACE])
    with stack.consumer("reviews.scored") as reader:
        ids = {f"json-{number}" for number in range(60)}
        reader.until(lambda records: {record["review_id"] for record in records} >= ids)
        messages = {record["review_id"]: (message, record) for message, record in reader.messages}
    message, event = messages["json-7"]
    assert message.key() == b"json-7"
    assert dict(message.headers())["traceparent"] == TRACE[1]
    assert dict(message.headers())["ce_type"] == b"undertone.v1.ScoredReview"
    assert event["sentiment"] == ("positive" if event["score"] >= 0.5 else "negative")
    assert event["confidence"] == max(event["score"], 1 - event["score"])
    assert (event["language"], event["variant"], event["product_id"]) == ("en", "champion", "p")
    assert event["created_at"] <= event["scored_at"] <= datetime.now(UTC)
    assert event["author_key"] not in (None, "jane")
    rows = stored(stack, "json", 60)
    assert {row[3] for row in rows} == {event["author_key"]}
    right = sum(
        sentiment == REVIEWS[int(review_id.split("-")[1])].label
        for review_id, sentiment, *_ in rows
    )
    assert right / 60 > 0.8


def test_a_file_that_is_produced_again_after_a_kill_counts_once_and_what_is_refused_is_told(
    stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "my.reviews.2024.csv"
    rows = "".join(
        f"A fine film, number {number}, well told.;{number % 5},5\r\n" for number in range(1500)
    )
    path.write_bytes(b"\xef\xbb\xbfreview;stars\r\n" + rows.encode() + b";1\r\n")
    arguments = ("produce", str(path), "--text-column", "review", "--map", "rating=stars")
    with stack.raw("reviews.raw") as first_records:
        killed = subprocess.Popen(
            [sys.executable, "-m", "streams", *arguments], env=os.environ | stack.settings()
        )
        wait_for("the first records of the file", lambda: first_records(b"my.reviews.2024.csv-"))
        killed.send_signal(signal.SIGKILL)
        killed.wait(30)
    for _ in range(2):
        done = stack.undertone(*arguments)
        said = done.stderr.decode()
        assert done.returncode == 1
        assert "1,500 records sent to reviews.raw, 1 row refused" in said
        assert "text is empty: row 1501 (line 1502)" in said
    stored(stack, "my.reviews.2024.csv", 1500)
    assert stack.sql("SELECT rating FROM reviews WHERE review_id = 'my.reviews.2024.csv-8'") == [
        (2.5,)
    ]


def test_what_a_confluent_serializer_writes_is_read(stack: Stack) -> None:
    document = {
        "review_id": "avro-0",
        "text": "A wonderful, moving film.",
        "created_at": datetime(2025, 1, 2, tzinfo=UTC),
        "rating": 4.5,
    }
    stack.produce(
        "reviews.raw", [("avro-0", odd_records.as_confluent_writes(stack.registry, document))]
    )
    [(_, sentiment, score, author)] = stored(stack, "avro", 1)
    assert (sentiment, author) == ("positive", None)
    assert score > 0.5
    assert stack.sql(
        "SELECT rating, toString(created_at) FROM reviews WHERE review_id = 'avro-0'"
    ) == [(4.5, "2025-01-02 00:00:00.000")]


def test_a_review_produced_many_times_is_stored_once(stack: Stack) -> None:
    stack.produce("reviews.raw", [review("twice", number % 5) for number in range(50)])
    scored(stack, "twice", 50)
    stored(stack, "twice", 5)
    total = stack.sql("SELECT sum(reviews) FROM sentiment_by_product")[0][0]
    assert total == stack.sql("SELECT uniqExact(review_id) FROM predictions")[0][0]


def test_bad_records_among_good_ones_become_dead_letters_exactly_as_they_came(stack: Stack) -> None:
    bad = {
        b"bad-0": b"not json at all",
        b"bad-1": b'{"review_id": "bad-1", "text": " <br/> \\u200b"}',
    }
    good = [review("good", number) for number in range(12)]
    records: list[tuple[str | None, bytes]] = [
        *good[:5],
        ("bad-0", bad[b"bad-0"]),
        *good[5:9],
        ("bad-1", bad[b"bad-1"]),
        *good[9:],
    ]
    stack.produce("reviews.raw", records, headers=[TRACE, ("x-tenant", b"\xff\x00")])
    stored(stack, "good", 12)
    letters = dead_letters(stack, set(bad))
    assert len(letters) == 2
    assert {record["key"]: record["value"] for _, record in letters} == bad
    assert {record["key"]: (record["stage"], record["reason"]) for _, record in letters} == {
        b"bad-0": ("decode", "not_json"),
        b"bad-1": ("clean", "empty_text"),
    }
    for message, record in letters:
        assert [header for header in message.headers() if not header[0].startswith("ce_")] == [
            TRACE,
            ("x-tenant", b"\xff\x00"),
        ]
        assert record["topic"] == "reviews.raw"
    wait_for(
        "both in ClickHouse",
        lambda: (
            stack.sql(
                "SELECT count() FROM dead_letters WHERE reason IN ('not_json', 'empty_text')"
            )[0][0]
            >= 2
        ),
    )


def test_a_review_in_a_language_no_model_reads_is_a_dead_letter_that_names_it(stack: Stack) -> None:
    text = "这部电影非常精彩,演员的表演令人难忘,我强烈推荐给大家。"
    stack.produce(
        "reviews.raw", [("chinese-0", orjson.dumps({"review_id": "chinese-0", "text": text}))]
    )
    [(_, record)] = dead_letters(stack, {b"chinese-0"})
    assert (record["reason"], record["detail"]) == ("unsupported_language", "zh")


def test_random_bytes_become_dead_letters_and_the_worker_lives(stack: Stack) -> None:
    rng = random.Random(7)
    records = [(f"random-{number}", rng.randbytes(rng.randint(1, 200))) for number in range(1000)]
    stack.produce("reviews.raw", records)
    letters = dead_letters(stack, {key.encode() for key, _ in records})
    assert {record["key"].decode(): record["value"] for _, record in letters} == dict(records)
    assert len(letters) == 1000
    stack.produce("reviews.raw", [review("after", 0)])
    stored(stack, "after", 1)


def test_a_batch_that_expands_too_far_is_one_dead_letter_and_what_follows_it_is_stored(
    stack: Stack,
) -> None:
    for topic in ("reviews.raw", "feedback"):
        assert send_batch(stack.bootstrap, topic, 0, bomb(value=bytes(25_000_000))) == 0
    stack.produce("reviews.raw", [review("behind", number) for number in range(40)])
    opinions = [
        {"feedback_id": f"behind-{number}", "review_id": f"unknown-{number}", "label": "positive"}
        for number in range(40)
    ]
    stack.produce(
        "feedback", [(opinion["feedback_id"], orjson.dumps(opinion)) for opinion in opinions]
    )
    stored(stack, "behind", 40)
    count = "SELECT uniqExact(feedback_id) FROM feedback WHERE startsWith(feedback_id, 'behind-')"
    wait_for("the feedback", lambda: stack.sql(count)[0][0] == 40)
    letters = (
        "SELECT topic, count() FROM dead_letters WHERE detail LIKE 'its batch%' GROUP BY "
        "topic ORDER BY topic"
    )
    wait_for(
        "both dead letters", lambda: stack.sql(letters) == [("feedback", 1), ("reviews.raw", 1)]
    )


def test_replayed_dead_letters_go_back_as_they_came(stack: Stack) -> None:
    value = b'{"review_id": "again-0", "text": "fine", "created_at": "soon"}'
    stack.produce("reviews.raw", [("again-0", value)], headers=[TRACE])
    [(letter, _)] = dead_letters(stack, {b"again-0"})
    # As a worker does that dies before it commits.
    stack.produce("reviews.dead-letter", [("again-0", letter.value())], headers=letter.headers())
    dry = stack.undertone("replay", "--reason", "bad_schema", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert b"would send" in dry.stdout
    assert stack.undertone("replay", "--reason", "bad_schema").returncode == 0
    first, second = dead_letters_in_order(stack, b"again-0", 2)
    assert first[1]["value"] == second[1]["value"] == value
    assert [h for h in second[0].headers() if h[0] == "traceparent"] == [TRACE]
    kafka = KafkaSettings(bootstrap_servers=stack.bootstrap)
    sent = [record.key for record in read_topic(kafka, "reviews.raw", follow=False)]
    assert sent.count(b"again-0") == 2


def test_feedback_shows_in_the_accuracy_of_the_model_that_scored(stack: Stack) -> None:
    stack.produce("reviews.raw", [review("judged", number) for number in range(10)])
    rows = stored(stack, "judged", 10)
    feedback = [
        {"feedback_id": f"f-{row[0]}", "review_id": row[0], "label": row[1]} for row in rows
    ]
    stack.produce("feedback", [(entry["review_id"], orjson.dumps(entry)) for entry in feedback])
    stack.produce("feedback", [("f", b"no feedback")])
    wait_for(
        "feedback in model_accuracy",
        lambda: stack.sql("SELECT sum(reviews) FROM model_accuracy")[0][0] == 10,
    )
    assert stack.sql("SELECT accuracy FROM model_accuracy WHERE reviews > 0") == [(1.0,)]
    [(_, record)] = dead_letters(stack, {b"f"})
    assert record["topic"] == "feedback"


def test_personal_data_is_neither_on_the_scored_topic_nor_in_any_table_nor_in_a_log(
    stack: Stack,
) -> None:
    planted = [each for each in load() if each.planted][:32]
    stack.produce(
        "reviews.raw",
        [
            (f"private-{i}", orjson.dumps({"review_id": f"private-{i}", "text": r.text}))
            for i, r in enumerate(planted)
        ],
    )
    stack.produce(
        "reviews.raw",
        [("private-bad", orjson.dumps({"review_id": "x", "text": [planted[0].planted]}))],
    )
    stored(stack, "private", 32)
    dead_letters(stack, {b"private-bad"})
    events = scored(stack, "private", 32)
    assert (
        "UNDERTONE_PRIVACY__AUTHOR_KEY_SECRET is the one that Undertone is shipped with"
        in stack.logs()
    )
    places = [*tables(stack), "\n".join(event["text_masked"] for event in events), stack.logs()]
    for secret in {each.planted for each in planted}:
        assert not any(secret in place for place in places), secret[:4]


def test_records_that_fit_nowhere_and_impossible_times_leave_the_others_scored_once(
    stack: Stack,
) -> None:
    kafka = KafkaSettings(bootstrap_servers=stack.bootstrap)
    before = Counter(topic for topic in OUTPUTS for _ in read_topic(kafka, topic, follow=False))
    odd_records.produce_with_misfits(stack.bootstrap)
    taken = odd_records.produce_at_impossible_times(stack.bootstrap)
    odd_records.produce_with_an_odd_header(stack.bootstrap)
    for prefix, count in (("fits", 60), ("time", taken), ("odd", 2)):
        stored(stack, prefix, count)
    letters = dead_letters(stack, {b"huge-0", b"long-0"})
    assert sorted((record["key"], record["reason"], len(record["value"])) for _,
    record in letters) == [
        (b"huge-0", "too_large", 0), (b"long-0", "bad_schema", len(odd_records.LONG_ID)),
    ]  # fmt: skip
    [detail] = [record["detail"] for _, record in letters if record["key"] == b"huge-0"]
    assert (
        detail == f"not_json; 3000000 bytes, SHA-256 {hashlib.sha256(odd_records.HUGE).hexdigest()}"
    )
    after = Counter(topic for topic in OUTPUTS for _ in read_topic(kafka, topic, follow=False))
    assert after - before == Counter({"reviews.scored": 62 + taken, "reviews.dead-letter": 2})


def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_and_loses_nothing(
    stack: Stack,
) -> None:
    [worker] = [process for process in stack.processes if process.name == "worker"]
    stack.produce("reviews.raw", [review("stop", number) for number in range(150)])
    wait_for("the first of them", lambda: reviews(stack, "stop") > 0)
    assert worker.stop(signal.SIGTERM, patience_s=12) == 0
    stack.processes.remove(worker)
    stack.start("worker")
    stored(stack, "stop", 150)


def no_lag(admin: Admin, group: str, topic: str) -> bool:
    return not any(admin.lag(group, topic).values())


@pytest.mark.parametrize("stack", ["apache"], indirect=True)  # Tansu keeps what was aborted
def test_an_aborted_transaction_is_neither_scored_nor_stored_and_no_marker_is_left_as_lag(
    stack: Stack,
) -> None:
    odd_records.produce_in_transactions(stack.bootstrap)
    stored(stack, "kept", 20)
    stored(
        stack, "last", 20
    )  # read behind what was aborted, on every partition that has any of either
    assert reviews(stack, "aborted") == 0
    assert not [
        event["review_id"]
        for event in scored(stack, "last", 20)
        if event["review_id"].startswith("aborted-")
    ]
    with closing(Admin(KafkaSettings(bootstrap_servers=stack.bootstrap))) as admin:
        for group, topic in (("worker", "reviews.raw"), ("sink", "reviews.scored")):
            wait_for(f"no lag of the {group}", partial(no_lag, admin, group, topic))


@pytest.mark.parametrize("role", ["worker", "sink"])
def test_a_taken_metrics_port_is_one_clear_line(stack: Stack, role: str) -> None:
    taken = stack.processes[0].environment["UNDERTONE_METRICS__PORT"]
    stack.env["UNDERTONE_METRICS__PORT"] = taken
    try:
        ended = stack.undertone(role)
    finally:
        del stack.env["UNDERTONE_METRICS__PORT"]
    assert ended.returncode == 1
    assert (
        ended.stderr.decode()
        .strip()
        .splitlines()[-1]
        .startswith(f"undertone: port {taken} for metrics is in use")
    )
