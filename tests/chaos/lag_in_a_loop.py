"""``python -m tests.chaos.lag_in_a_loop BOOTSTRAP TOPIC``: ask for the lag again and again, a line
for each answer.

A process of its own, because what is looked for may end the process that asks.
"""

from __future__ import annotations

import sys
import time

from infra.kafka.admin import Admin
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable


def main(bootstrap: str, topic: str) -> None:
    """Until it is killed."""
    admin = Admin(KafkaSettings(bootstrap_servers=bootstrap))
    while True:
        try:
            answer = f"{sum(admin.lag('worker', topic).values())}"
        except BrokerUnavailable:
            answer = "not known"
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
