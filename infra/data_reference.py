"""``python -m infra.data_reference > docs/data-contracts.md``: topics, records, tables and views,
from ``schemas``.

Tables and views are read from the configured ClickHouse after its migrations (``undertone up`` has
a local one).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from infra import migrations
from infra.settings import load_settings
from infra.warehouse import connect
from infra.warehouse.port import Warehouse
from schemas import avro_files, reasons, topics

HEAD = """# Data contracts

Generated from `schemas/` by `python -m infra.data_reference > docs/data-contracts.md`; tests fail
when this file is out of date.

Values of topics are Avro in Confluent wire format (byte 0, four bytes of schema id, big-endian,
then the body), under the subject `<topic>-value` with compatibility BACKWARD. The inputs
`reviews.raw` and `feedback` also take plain JSON objects with the same fields; the first byte
decides. Keys are UTF-8: the review id, and the language on `models.lifecycle`. Times are
milliseconds since 1970 in UTC. Outputs carry the headers `ce_id`, `ce_source`, `ce_type` and
`ce_specversion` (CloudEvents, binary content mode) and pass `traceparent` on. Delivery is at least
once; `ce_id` identifies a repetition.
"""
JSON_INPUT = """Input in JSON may leave out every field except `text`. `review_id` is then
`<topic>-<partition>-<offset>`, and `created_at` the timestamp of the record. `created_at` is ISO
8601 or a number since 1970 in s, ms, µs or ns. Ids and `source` have at most 256 characters, `text`
1 to 100,000.
"""
QUERY = """Query the views: they collapse replays. Tables hold what arrived. Columns that end in
`_at` are UTC. The database is `UNDERTONE_CLICKHOUSE__DATABASE` (`undertone`); ClickHouse 23.8 or
newer is needed.
"""
PURPOSES: Final[Mapping[str, str]] = {
    "ab_results": (
        "Every two variants of a language side by side: two-proportion z test, and "
        "McNemar's test on shared reviews."
    ),
    "alert_deliveries": "Attempts to deliver alerts to webhook targets.",
    "alert_status": "Current state of every alert condition.",
    "alert_targets": "State of webhook targets, such as disabled by a 410.",
    "alerts": "Alerts as published: firing and resolved.",
    "aspect_by_product": "What the reviews of each product say of each aspect.",
    "aspect_changes": (
        "Aspects of products in the last seven days against the 28 days before, with p and q "
        "values."
    ),
    "aspect_daily": "What the reviews of each product say of each aspect, by day.",
    "aspect_examples": "Three masked examples by product, aspect and sentiment.",
    "aspect_feedback": "Corrections of aspects: the latest on each, and what was emitted of it.",
    "aspect_sentiment": "State of the built-in rule for aspects of products.",
    "aspects": "One row per aspect that a review names.",
    "confusion": "Confusion matrix of every model version, by language.",
    "counted_reviews": "Every review by what is counted of it: sum(sign) is their number.",
    "data_quality": "Results of data-quality checks by window.",
    "data_quality_now": "Latest result of every data-quality check.",
    "dead_letter_reasons": (
        "Number of dead letters by topic, stage and reason; a record counts once."
    ),
    "dead_letters": "Origin and reason of rejected records, without their bytes.",
    "drift_references": "Reviews that a champion's windows are compared with.",
    "drift_reports": "Findings of the drift detectors by window, segment and kind.",
    "drift_windows": (
        "One row per window, segment and kind: whether it drifted and whether that was reported."
    ),
    "false_negatives": "Misjudged reviews that a model called negative.",
    "false_positives": "Misjudged reviews that a model called positive.",
    "feedback": "Feedback as it arrived, that on single aspects included.",
    "feedback_by_source": "Latest feedback of each kind of source on a review.",
    "first_labelling_requests": "One row per review whose label was requested: the first request.",
    "judged": "Predictions with feedback: one row per review and model version, shadows marked.",
    "labelling_queue": (
        "Reviews that wait for a label, without those judged since or older than 30 days."
    ),
    "labelling_requests": "Requests for labels as published.",
    "labelling_results": (
        "How often models are wrong on requested reviews, by the reason for the request."
    ),
    "latency": "Seconds from written to scored, by minute of scoring.",
    "neutral_models": "Model versions that score three classes.",
    "latest_feedback": "One row per review with feedback: the latest.",
    "misjudged": "Reviews on which feedback and a model disagree, with the masked text.",
    "model_accuracy": (
        "Accuracy of every model version by language, product and hour, on feedback "
        "and (apart) on ratings."
    ),
    "model_events": "Lifecycle of model versions and the traffic after each event; kept for ever.",
    "pending_review_facts": "What is to be added to review_facts.",
    "predictions": "Scored reviews as they arrived, one row per scoring.",
    "predictions_before_0013": (
        "Former table of predictions, whose partitions are moved to the current one."
    ),
    "predictions_to_review_arrivals": "Copies what arrives in predictions to review_arrivals.",
    "product_sentiment": "State of the built-in product rule.",
    "ratings_by_source": "Ratings and the weak labels that stand for them, by source.",
    "retraining_requests": "Retraining requests as published.",
    "retraining_runs": "Retraining requests with their outcomes.",
    "review_arrivals": "Predictions that arrived, until they are counted.",
    "review_facts": "What is counted of each review, and what was taken back.",
    "review_facts_progress": "How far counting has come.",
    "reviews": "One row per review: its latest score.",
    "satisfaction": "Share of users' feedback that agrees with the score they saw.",
    "schema_migrations": "Migrations that were applied.",
    "schema_views": "Views that were created, with the hash of their definition.",
    "seen_by_users": "Reviews with feedback from users and the score they saw at that time.",
    "review_aspects": "One row per review and aspect that it names.",
    "review_feedback": "Feedback on whole reviews as it arrived.",
    "review_sentences": "One row per sentence of the reviews that were judged by their sentences.",
    "sentiment_by_product": "Sentiment by product.",
    "sentiment_hourly": "Sentiment by the hour in which reviews were written.",
    "shadow_predictions": "Scores of shadow models, as they arrived.",
    "shadow_predictions_before_0013": (
        "Former table of shadow predictions, whose partitions are moved to the current one."
    ),
    "variant_overlaps": "Pairs of variants on the reviews that both scored.",
    "variant_results": "Reviews, feedback and accuracy of every variant and version by language.",
    "variant_scores": "Latest score of every review by each variant and version, shadows marked.",
    "weakly_judged": "Predictions with a rating and no feedback; the rating is a weak label.",
}
"""Table or view → what it holds."""


def contracts() -> str:
    """Topics, rejection reasons and records: all that is read from files."""
    parts = [HEAD, "## Topics\n", "\n".join(_topics()), "", JSON_INPUT, "## Records\n"]
    for record in dict.fromkeys(topic.record.__name__ for topic in topics.CATALOGUE):
        parts += list(
            _record(json.loads(avro_files.versions(record)[-1]), len(avro_files.versions(record)))
        )
    parts += ["## Reasons of dead letters\n", "\n".join(_reasons()), ""]
    return "\n".join(parts)


def reference(warehouse: Warehouse, database: str) -> str:
    """The whole document. ``warehouse`` has the current migrations."""
    sql = """SELECT c.table, t.engine = 'View', c.name, c.type FROM system.columns AS c
INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
WHERE c.database = %(database)s ORDER BY t.engine != 'View', c.table, c.position"""
    rows = warehouse.query(sql, {"database": database})
    parts = [contracts(), "## ClickHouse\n", QUERY]
    for view, columns in groupby(rows, key=lambda row: bool(row[1])):
        parts.append(f"### {'Views' if view else 'Tables'}\n")
        parts += ["| name | holds | columns |", "|---|---|---|"]
        for name, of_one in groupby(columns, key=lambda row: str(row[0])):
            listed = ", ".join(f"`{column}` {kind}" for _, _, column, kind in of_one)
            parts.append(f"| `{name}` | {PURPOSES[name]} | {listed} |")
        parts.append("")
    return "\n".join(parts)


def _topics() -> Iterator[str]:
    yield "| topic | record | kept | largest message |\n|---|---|---|---|"
    for topic in topics.CATALOGUE:
        kept = f"{topic.retention.days} days" if topic.retention else "compacted"
        record = topic.record.__name__
        yield (
            f"| `{topic.name}` | [`{record}`](#{record.lower()}) | {kept} | "
            f"{topic.max_bytes:,} bytes |"
        )


def _record(schema: dict[str, Any], version: int) -> Iterator[str]:
    yield (
        f"### {schema['name']}\n\n{schema.get('doc', '')} Version {version}, namespace "
        f"`{schema['namespace']}`.\n"
    )
    yield "| field | type | default | meaning |\n|---|---|---|---|"
    for name, field in _fields("", schema):
        default = f"`{json.dumps(field['default'])}`" if "default" in field else "required"
        meaning = field.get("doc", "").replace("|", "\\|").replace("<", "&lt;")
        yield f"| `{name}` | {_kind(field['type'])} | {default} | {meaning} |"
    yield ""


def _fields(prefix: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Those of records within a record as well, under its name."""
    for field in schema["fields"]:
        yield prefix + field["name"], field
        for inner in _within(field["type"]):
            yield from _fields(f"{prefix}{field['name']}.", inner)


def _within(kind: Any) -> Iterator[dict[str, Any]]:
    if isinstance(kind, list):
        for branch in kind:
            yield from _within(branch)
    elif isinstance(kind, dict):
        if kind["type"] == "record":
            yield kind
        yield from _within(kind.get("items", kind.get("values")))


def _kind(kind: Any) -> str:
    if isinstance(kind, list):
        return " or ".join(_kind(branch) for branch in kind)
    if isinstance(kind, str):
        return kind
    if kind["type"] == "enum":
        return ", ".join(f"`{symbol}`" for symbol in kind["symbols"])
    if kind["type"] == "array":
        return f"array of {_kind(kind['items'])}"
    if kind["type"] == "map":
        return f"map of {_kind(kind['values'])}"
    return str(kind.get("logicalType") or kind.get("name") or kind["type"])


def _reasons() -> Iterator[str]:
    """From the string below each constant of ``schemas.reasons``."""
    source = Path(reasons.__file__).read_text(encoding="utf8")
    yield "| reason | meaning |\n|---|---|"
    for code, meaning in re.findall(r'^[A-Z_]+: Final = "(\w+)"\n"""(.*?)"""', source, re.M | re.S):
        yield f"| `{code}` | {' '.join(meaning.replace('``', '`').split())} |"


if __name__ == "__main__":
    settings = load_settings()
    with connect(settings.clickhouse) as connected:
        migrations.migrate(connected, settings.clickhouse.database)
        sys.stdout.write(reference(connected, settings.clickhouse.database))
