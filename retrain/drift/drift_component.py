"""Drift component: evaluates finished windows from ClickHouse, stores reports, publishes
``drift.detected``.

It keeps nothing: what was judged is in ``drift_reports``, what was told on the topic. A kill at any
point repeats at most work, never a report or an event.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from infra import metrics
from infra.section import selected
from infra.settings import DriftSettings, Settings
from infra.warehouse import Warehouse, connect
from models.rollout.announcements import champions
from retrain.drift import evidently_report, reference_reviews, report_store
from retrain.drift.core.detection import DETECTORS, judge
from retrain.drift.core.drift_windows import Cut, Span
from retrain.drift.core.finding import Detector
from retrain.drift.core.report_rows import About, Row, firing, rows
from retrain.drift.core.samples import Sample, Window
from retrain.drift.core.segments import Reviews, segments
from retrain.drift.drift_queries import Reader
from retrain.drift.reference_reviews import Key
from retrain.runner.component import Component, Running, Step
from retrain.shared.outbox import Outbox
from schemas.errors import PermanentError
from schemas.records import DriftDetected, Variant
from schemas.topics import DRIFT_DETECTED, MODELS_LIFECYCLE

log = logging.getLogger("undertone.drift")
PUBLISH_WITHIN = timedelta(days=2)
"""A report that could not be published for so long is dropped."""


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Evaluation of the windows that have finished since the last look."""
    settings = running.settings
    with (
        connect(settings.clickhouse) as warehouse,
        closing(
            running.retry(lambda: Outbox(settings, DRIFT_DETECTED, lambda event: event.event_id))
        ) as outbox,
    ):
        yield partial(look, Detection(warehouse, settings.drift), champions, settings, outbox)


COMPONENT = Component(
    "drift",
    opened,
    interval_s=lambda settings: settings.drift.every_s,
    reads=(MODELS_LIFECYCLE,),
    publishes=(DRIFT_DETECTED,),
    warehouse=True,
)


def look(
    detection: Detection,
    serving: Callable[[Settings], dict[str, Variant]],
    settings: Settings,
    outbox: Outbox[DriftDetected],
    now: datetime,
) -> list[str]:
    """Evaluate the finished windows of every language and publish what fires; returns the ids of
    published events.
    """
    served = serving(settings)
    errors = []
    for language, model in served.items():
        try:
            detection(language, model, now)
        except PermanentError as error:  # one language's; told once the others were judged
            errors.append(error)
    fired = report_store.fired(detection.warehouse, now - PUBLISH_WITHIN)
    told = outbox.tell(row.event() for row in fired)
    for row in fired:
        if row.report_id in told:
            metrics.DRIFT_DETECTED.labels(row.kind, row.language).inc()
            log.warning(
                "%s: %s drift, %s is %.3f (limit %.3f)",
                row.segment,
                row.kind,
                row.detector,
                row.effect,
                row.threshold,
            )
    for language, model in served.items():
        detection.explain(language, model, [row for row in fired if row.language == language])
    if errors:
        raise errors[0]
    return told


@dataclass(frozen=True, slots=True)
class Detection:
    """Judges the windows of one language at a time."""

    warehouse: Warehouse
    settings: DriftSettings
    _references: dict[str, tuple[Key, Reviews]] = field(default_factory=dict, repr=False)
    """The last of each language: reading it takes longer than judging a window."""

    def __call__(self, language: str, model: Variant, now: datetime) -> list[Row]:
        """The reports on windows that have finished since they were last looked at, stored."""
        reader, cut = Reader(self.warehouse, model, language), cut_of(self.settings)
        keys = reference_reviews.known(self.warehouse, model, language)
        if not keys:
            taken = reference_reviews.take(reader, self.settings, now)
            if taken is None:
                return []
            log.info("%s: the drift reference is %s from now on", language, taken)
            keys = [taken]
        since = max(keys[0].ends_at, now - timedelta(seconds=self.settings.catch_up_s))
        spans = cut.finished(since, now)
        if not spans:
            return []
        done = report_store.judged(self.warehouse, model, language, spans[0].start)
        counts = reader.counts(spans[0].start, spans[-1].end, cut)
        found: list[Row] = []
        for span in spans:
            key = reference_reviews.of(keys, span.start)
            if (
                span.start not in done
                and counts.get(span.start, 0) >= self.settings.min_reviews
                and key is not None
            ):
                began = time.perf_counter()
                found += self._judge(reader, key, span, now)
                metrics.DRIFT_SECONDS.observe(time.perf_counter() - began)
        return found

    def _judge(self, reader: Reader, key: Key, span: Span, now: datetime) -> list[Row]:
        settings = self.settings
        parts = self._parts(reader, key, span)
        findings = judge(
            self._windows(parts, reader, key, span), detectors(settings), settings.alpha
        )
        before = report_store.history(
            self.warehouse, reader.language, str(key), span, settings.of_windows - 1
        )
        firings = firing(findings, before, settings.needed_windows, settings.of_windows)
        sizes = {segment: len(current) for segment, (_, current) in parts.items()}
        about = About(span, reader.language, reader.model, str(key), sizes, now)
        places = {
            finding.segment: self._place(span, finding.segment).as_uri() for finding in firings
        }
        stored = rows(findings, firings, about, places)
        report_store.store(self.warehouse, stored)
        metrics.DRIFT_WINDOWS.labels(reader.language).inc()
        return stored

    def _reference(self, key: Key) -> Reviews:
        held = self._references.get(key.language)
        if held is None or held[0] != key:
            held = self._references[key.language] = key, reference_reviews.load(self.warehouse, key)
        return held[1]

    def _parts(self, reader: Reader, key: Key, span: Span) -> dict[str, tuple[Sample, Sample]]:
        settings, current = self.settings, reader.reviews(span, self.settings.max_reviews)
        least, most = settings.min_reviews, settings.max_segments
        return segments(
            reader.language, self._reference(key), current, settings.segments, least, most
        )

    def _windows(
        self, parts: dict[str, tuple[Sample, Sample]], reader: Reader, key: Key, span: Span
    ) -> dict[str, tuple[Window, Window]]:
        """Feedback is judged for the whole language only: of single products there is too
        little."""
        windows = {
            segment: (Window(before), Window(now)) for segment, (before, now) in parts.items()
        }
        whole, most = next(iter(parts)), self.settings.max_labels
        began = key.ends_at - timedelta(days=self.settings.reference_days)
        first = reader.judged(Span(began, span.start), self.settings.reference_labels, first=True)
        before = reader.judged(Span(began, span.start), most)
        now = reader.judged(span, most)
        windows[whole] = Window(parts[whole][0], first), Window(parts[whole][1], now, before)
        return windows

    def explain(self, language: str, model: Variant, fired: Sequence[Row]) -> None:
        """Write the missing HTML reports of this model's reported windows. It takes seconds
        each."""
        keys = {str(key): key for key in reference_reviews.known(self.warehouse, model, language)}
        wanted = {
            (Span(row.window_start, row.window_end), row.segment): keys[row.reference]
            for row in fired
            if row.reference in keys
        }
        for (span, segment), key in wanted.items():
            path = self._place(span, segment)
            parts = (
                self._parts(Reader(self.warehouse, model, language), key, span)
                if not path.exists()
                else {}
            )
            if segment in parts:
                try:
                    evidently_report.write(path, *parts[segment])
                except PermanentError as error:  # a full disk must not keep drift from being told
                    log.warning("no HTML report at %s: %s", path, error)

    def _place(self, span: Span, segment: str) -> Path:
        return self.settings.reports_dir.absolute() / evidently_report.name(span, segment)


def cut_of(settings: DriftSettings) -> Cut:
    """Window assignment of the settings."""
    length, lateness = timedelta(seconds=settings.window_s), timedelta(seconds=settings.lateness_s)
    return Cut(length, timedelta(seconds=settings.step_s or settings.window_s), lateness)


def detectors(settings: DriftSettings) -> list[Detector]:
    """Every detector, with its thresholds from the settings."""
    return [selected(kind, settings) for kind in DETECTORS]
