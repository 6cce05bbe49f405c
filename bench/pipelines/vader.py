"""VADER, a common lexicon, in a plain confluent-kafka loop without masking.

https://github.com/confluentinc/confluent-kafka-python#usage,
https://github.com/cjhutto/vaderSentiment#code-examples
"""

from __future__ import annotations

import json

from bench.load import FETCH_WAIT_MS
from bench.pipelines.contender import Contender, Place, of_module, place
from bench.stack import Stack

NAME = "vader"


def contender(stack: Stack) -> Contender:
    """Its process."""
    return of_module(NAME, "VADER in a confluent-kafka loop, nothing masked", stack)


def main(told: Place) -> None:
    """Run until killed."""
    from confluent_kafka import Consumer, Producer
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    group = {"group.id": NAME, "auto.offset.reset": "earliest", "session.timeout.ms": 6000}
    consumer = Consumer(
        {"bootstrap.servers": told.bootstrap, "fetch.wait.max.ms": FETCH_WAIT_MS} | group
    )
    producer = Producer({"bootstrap.servers": told.bootstrap})
    consumer.subscribe([told.source])
    while True:
        message = consumer.poll(1.0)
        producer.poll(0)
        value = None if message is None or message.error() else message.value()
        if value is not None:
            review = json.loads(value)
            scores = analyzer.polarity_scores(review["text"])
            producer.produce(
                told.target,
                key=review["review_id"],
                value=json.dumps(scores | {"review_id": review["review_id"]}),
            )


if __name__ == "__main__":
    main(place())
