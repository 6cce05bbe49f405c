-- Records that could not be processed: where they came from and why. Their bytes may hold personal data and stay on the
-- topic `reviews.dead-letter`.
CREATE TABLE IF NOT EXISTS dead_letters
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    stage LowCardinality(String),
    reason LowCardinality(String),
    detail String,
    failed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(failed_at)
PARTITION BY toYYYYMM(failed_at)
ORDER BY (topic, partition, offset, stage, reason)
TTL toDateTime(failed_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;

-- How many records failed, by topic, stage and reason. A record counts once, under its latest failure.
CREATE VIEW IF NOT EXISTS dead_letter_reasons AS
SELECT
    topic,
    last.1 AS stage,
    last.2 AS reason,
    count() AS records,
    min(first_failed_at) AS first_failed_at,
    max(last_failed_at) AS last_failed_at
FROM
(
    SELECT
        topic,
        partition,
        offset,
        argMax((d.stage, d.reason), (d.failed_at, d.stage, d.reason)) AS last,
        min(d.failed_at) AS first_failed_at,
        max(d.failed_at) AS last_failed_at
    FROM dead_letters AS d
    GROUP BY topic, partition, offset
)
GROUP BY topic, stage, reason;
