"""Consumer of ``models.lifecycle``: every worker reads all of it from its beginning, outside any
consumer group.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from infra import metrics
from infra.kafka.reader import PartitionReader
from infra.retry import Retry
from infra.settings import KafkaSettings, RetrySettings
from schemas.errors import RegistryRefused, Rejection, TrafficRefused, TransientError
from schemas.inputs import FindSchema, RawRecord
from schemas.records import ModelEvent
from schemas.topics import MODELS_LIFECYCLE
from streams.router.core.live_models import LiveModels
from streams.router.core.pending_events import Pending
from streams.router.model_router import ModelRouter

BAD_EVENT = "bad_event"
WAITED_FOR: Final = (TransientError, RegistryRefused)
"""Why an event cannot be decoded for now. Access to the registry is given by somebody, while the
models that serve go on.
"""
POLL_S = 0.2
LOOK_S: Final = 0.1
EARLIER: Final = 5
"""Events of a language before its last that are kept: the last that can be followed serves until
the last of all can be.
"""
log = logging.getLogger("undertone.traffic")


class LifecycleConsumer:
    """Keeps ``router`` at the latest event of each language. What is overtaken before it was
    followed is passed over.

    What something transient is in the way of is tried again, with a growing wait, until it
    succeeds, is refused or is overtaken; so is an event that cannot be decoded because the Schema
    Registry is away or refuses access. Events of other languages do not wait for it, and no
    champion waits for a challenger that cannot be loaded.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        find_schema: FindSchema,
        router: ModelRouter,
        retry: Retry,
        waits: RetrySettings,
        stop: threading.Event,
        late: SimpleQueue[LiveModels],
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        """``late``: models of the settings that could be loaded only after the start. ``tick`` is
        called now and then.
        """
        self._reader = PartitionReader(kafka, "models", log)
        self._find_schema, self._router, self._retry, self._waits, self._stop = (
            find_schema,
            router,
            retry,
            waits,
            stop,
        )
        self._late, self._tick = late, tick
        self._pending = Pending[ModelEvent | None](waits.first_s, waits.max_s)
        self._undecoded = Pending[RawRecord](waits.first_s, waits.max_s)
        self._earlier: dict[str, deque[ModelEvent]] = defaultdict(lambda: deque(maxlen=EARLIER))
        self._unserved: set[str] = set()
        self._read_all, self._caught_up = threading.Event(), threading.Event()

    def start(self, failed: Callable[[], None]) -> None:
        """Consume in a thread of its own until ``stop``. ``failed``: it ended by an error, and no
        new model is loaded.
        """
        threading.Thread(target=self._run, args=(failed,), name="models", daemon=True).start()

    def catch_up(self, most_s: float) -> bool:
        """Wait until what was there at the start is followed, so that no model is live that was
        replaced before.

        Waits for Kafka as long as it takes, but for models no longer than ``most_s`` after that;
        says whether all that should be live then is. What could not be loaded is tried again while
        the others serve.
        """
        deadline = None
        while not self._stop.is_set():
            if self._caught_up.wait(LOOK_S):
                return True
            if self._read_all.is_set():
                deadline = deadline or time.monotonic() + most_s
                if time.monotonic() > deadline:
                    log.warning(
                        "started without models for %s; retrying",
                        ", ".join(sorted(self._unserved)) or "some",
                    )
                    return False
        return False

    def _run(self, failed: Callable[[], None]) -> None:
        try:
            self._retry(self._reader.assign, [MODELS_LIFECYCLE.name])
            while not self._stop.is_set():
                self._read(POLL_S)
                if self._reader.at_end:
                    self._read_all.set()
                    self._configure()
                    self._decode_waiting()
                    self._follow()
                self._tick()
            self._reader.close()
        except TransientError as error:  # only raised once everything stops
            log.warning("stopped while waiting: %s", error)
        except Exception:
            log.critical("stopping: models.lifecycle is no longer followed", exc_info=True)
            failed()

    def _read(self, timeout_s: float) -> None:
        """Take every event that is there; waits for the first."""
        while (records := self._reader.take(timeout_s)) is not None:
            timeout_s = 0.0
            for record in records:
                self._take(record)

    def _take(self, record: RawRecord) -> None:
        language = (record.key or b"").decode("utf8", "replace")
        if record.value is None:
            self._undecoded.drop(language)
            self._earlier.pop(language, None)
            self._pending.put(language, None)
            return
        try:
            self._decode(language, record)
        except WAITED_FOR as error:
            self._undecoded.put(language, record)
            log.warning("model event %s waits to be decoded: %s", record.origin, error)

    def _decode(self, language: str, record: RawRecord) -> None:
        """Decode an event, which is then the latest of its language. One that is malformed is
        passed over.
        """
        try:
            event = MODELS_LIFECYCLE.decode(record, self._find_schema)
        except Rejection as rejection:
            metrics.SWAPS_REFUSED.labels(BAD_EVENT).inc()
            log.critical(
                "model event refused: %s: %s; the previous models stay in use",
                record.origin,
                rejection,
            )
            return
        self._undecoded.drop(language)
        self._earlier[language].append(event)
        self._pending.put(language, event)

    def _decode_waiting(self) -> None:
        for language, record in self._undecoded.due(time.monotonic()):
            try:
                self._decode(language, record)
            except WAITED_FOR as error:
                metrics.RETRIES.labels(type(error).__name__).inc()
                attempts = self._undecoded.failed(language, time.monotonic())
                log.warning(
                    "model event %s waits to be decoded (attempt %d): %s",
                    record.origin,
                    attempts,
                    error,
                )
            else:
                self._undecoded.drop(language)

    def _configure(self) -> None:
        """Take the models of the settings where they were loaded late."""
        try:
            self._router.configure(self._late.get_nowait())
        except Empty:
            return

    def _follow(self) -> None:
        for language, event in self._pending.due(time.monotonic()):
            self._unserved.discard(language)
            try:
                self._router.follow(language, event)
                away = self._router.away(language)
            except TransientError as error:
                away = error
                if not self._follow_earlier(language, event):
                    self._unserved.add(language)
            except TrafficRefused:  # logged and counted where it was refused
                away = None
                self._follow_earlier(language, event)
            if away is None:
                self._pending.done(language)
                continue
            metrics.RETRIES.labels(type(away).__name__).inc()
            attempts = self._pending.failed(language, time.monotonic())
            log.warning(
                "models for language %s cannot be loaded yet (attempt %d): %s",
                language,
                attempts,
                away,
            )
        if not self._unserved and not self._undecoded:
            self._caught_up.set()

    def _follow_earlier(self, language: str, last: ModelEvent | None) -> bool:
        """The last champion that can be had, for a process that has none yet; whether one serves,
        this or an earlier one.
        """
        if self._router.announced(language):
            return True
        for event in reversed(self._earlier.get(language, ())):
            if event is last:
                continue
            try:
                self._router.follow(language, event)
            except (TransientError, TrafficRefused):
                continue
            log.warning(
                "language %s uses the traffic of %s until its last event can be applied",
                language,
                event.created_at,
            )
            return True
        return False
