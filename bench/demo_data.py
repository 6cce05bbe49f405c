"""Samples of the demo: 2,000 reviews of the IMDB test split, personal data injected into every
tenth, and tweets as another domain.

``python -m bench.demo_data imdb_test_a.csv.gz tweets.csv.gz`` writes both anew, the same every
time. The people, numbers and addresses are made up: reserved domains and networks, the card
networks' published test numbers, sample IBANs.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from models.lab.judgement.corpus_split import BUCKETS, Part, part_of
from models.lab.judgement.text_keys import text_key
from streams.demo.sample import FILE, TWEETS, SampleReview

COLUMNS = ["review_id", "text", "label", "product_id", "author_id", "planted"]
SIZE, TWEETS_SIZE = 2000, 9000
PRODUCTS = [
    "airport-thriller", "attic-horror", "bakery-romance", "canal-noir", "desert-western",
    "foundling-drama", "heist-comedy",
    "harbour-mystery", "lunar-sci-fi", "midnight-musical", "orchard-family", "trench-war",
]  # fmt: skip
PLANTED = [
    ("mail me at {}",
    ["maria.keller@example.org", "tom_baker99@example.com", "reader+imdb@mail.example.net"]),
    ("call me on {} after six",
    ["+1 415 555 0132", "(212) 555-0187", "+44 20 7946 0958", "+49 30 901820"]),
    ("they charged my card {} twice",
    ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011111111111117"]),
    ("refund it to {} please",
    ["DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606"]),
    ("my address on the forum was {}",
    ["203.0.113.77", "198.51.100.23", "2001:db8:85a3::8a2e:370:7334"]),
    ("for the prize my number is {}", ["536-90-4399", "219-09-8765"]),
    ("my own review is at {}",
    ["https://reviews.example.org/u/4711", "http://www.example.com/~tbaker/films.html"]),
    ("ask for {} at the box office",
    ["Maria Gonzalez", "Thomas Baker", "Priya Raman", "Daniel Okafor", "Helen Fischer"]),
]  # fmt: skip


def make(rows: Iterator[dict[str, str]]) -> Iterator[SampleReview]:
    """The sample from labelled reviews (columns text, label)."""
    for number, row in enumerate(islice(rows, SIZE)):
        text, planted = row["text"], ""
        if number % 10 == 4:
            round_, kind = divmod(number // 10, len(PLANTED))
            sentence, values = PLANTED[kind]
            planted = values[round_ % len(values)]
            text = f"{text} Oh, and {sentence.format(planted)}."
        product = PRODUCTS[(number * 7) % len(PRODUCTS)]
        yield SampleReview(
            f"demo-{number:04}", text, row["label"], product, f"author-{number % 311}", planted
        )


def make_tweets(rows: Iterator[dict[str, str]]) -> Iterator[SampleReview]:
    """The tweets that say something good or bad, each text once, in an order that only their
    digests decide; none that the split holds out. These are golden, and may not be learnt.
    """
    told = {
        row["text"]: row["label"]
        for row in rows
        if row["label"] in {"negative", "positive"}
        and part_of(text_key(row["text"]) % BUCKETS) is Part.TRAINING
    }
    chosen = sorted(told, key=lambda text: hashlib.sha256(text.encode()).digest())[:TWEETS_SIZE]
    for number, text in enumerate(chosen):
        yield SampleReview(
            f"tweet-{number:04}", text, told[text], "", f"tweeter-{number % 311}", ""
        )


def write(
    file: Path, source: Path, make: Callable[[Iterator[dict[str, str]]], Iterator[SampleReview]]
) -> None:
    """Write a sample from a labelled CSV.gz."""
    csv.field_size_limit(10_000_000)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    with gzip.open(source, "rt", encoding="utf8", newline="") as rows:
        writer.writerows(
            [getattr(review, column) for column in COLUMNS] for review in make(csv.DictReader(rows))
        )
    file.write_bytes(gzip.compress(buffer.getvalue().encode(), 9, mtime=0))


if __name__ == "__main__":
    write(FILE, Path(sys.argv[1]), make)
    write(TWEETS, Path(sys.argv[2]), make_tweets)
