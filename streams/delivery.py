"""Delivery of a batch with retries: until each message is confirmed, or replaced by a smaller one
where it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from infra.kafka.publisher import Failure, Outgoing, Publisher, check

Instead = Callable[[int, Failure], Outgoing | None]
"""(position, why Kafka refuses the message there) → what is sent instead, or None. Raises
``MessageRefused`` where nothing is.
"""


class Delivery:
    """Call it until it does not raise: each call sends only what is not confirmed yet."""

    def __init__(
        self, publisher: Publisher, messages: Sequence[Outgoing], instead: Instead
    ) -> None:
        self._publisher, self._instead = publisher, instead
        self._left = dict(enumerate(messages))

    def __call__(self) -> None:
        """Returns when nothing is left to confirm.

        Raises ``BrokerUnavailable``, or ``MessageRefused`` for what concerns more than one message.
        """
        while self._left:
            positions = list(self._left)
            failures = self._publisher.send(list(self._left.values()))
            left: dict[int, Outgoing] = {}
            for failure in failures:
                position = positions[failure.position]
                message = (
                    self._instead(position, failure) if failure.unfit else self._left[position]
                )
                if message is not None:
                    left[position] = message
            self._left = left
            check(failures)
