-- The reviews that windows are compared with: the first that a version scored as they arrived, or those of a file that people
-- gave. Written once for each version and language, and kept for as long as anybody may ask why drift was found.
CREATE TABLE IF NOT EXISTS drift_references
(
    model_name LowCardinality(String),
    model_version LowCardinality(String),
    language LowCardinality(String),
    review_id String,
    origin LowCardinality(String) COMMENT 'live, or file: the name of the file that people gave',
    product_id String,
    source LowCardinality(String),
    text_masked String CODEC(ZSTD(3)),
    score Float64 COMMENT 'P(positive)',
    ends_at DateTime64(3, 'UTC') COMMENT 'windows that begin earlier are not compared with it; the same for the whole reference',
    stored_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (model_name, model_version, language, origin, ends_at, review_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- What each detector said of each window. One row for each, by report_id, which is a digest of what it is about: a window that
-- is judged twice has each report once, the first. Rows of one window and language come in one insert.
CREATE TABLE IF NOT EXISTS drift_reports
(
    report_id String,
    detector LowCardinality(String),
    kind LowCardinality(String) COMMENT 'input, prediction or concept',
    segment String COMMENT 'such as language=en or language=en,source=web',
    language LowCardinality(String),
    window_start DateTime64(3, 'UTC'),
    window_end DateTime64(3, 'UTC'),
    reviews UInt64,
    reference String,
    model_name LowCardinality(String),
    model_version LowCardinality(String),
    effect Float64,
    threshold Float64,
    p_value Float64 COMMENT 'corrected for all detectors of the kind and all segments of the window',
    drifted UInt8 COMMENT 'effect and p_value both pass',
    fires UInt8 COMMENT 'told on drift.detected: enough of the latest windows drifted, and no detector of the kind says it louder',
    evidence String COMMENT 'JSON',
    report String COMMENT 'where the report for people is, or empty',
    created_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(created_at)
ORDER BY (language, window_start, report_id)
TTL toDateTime(created_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;

-- Each kind of drift in each segment and window: whether it was there, whether it was told, and by which detectors.
CREATE VIEW IF NOT EXISTS drift_windows AS
SELECT
    window_start,
    window_end,
    segment,
    kind,
    model_name,
    model_version,
    max(r.reviews) AS reviews,
    max(r.drifted) AS drifted,
    max(r.fires) AS fires,
    arraySort(groupUniqArrayIf(toString(r.detector), r.drifted = 1)) AS detectors,
    min(r.p_value) AS p_value
FROM drift_reports AS r
GROUP BY window_start, window_end, segment, kind, model_name, model_version;

-- What each check said of each window. As in drift_reports, one row for each check_id, and one insert for each window.
CREATE TABLE IF NOT EXISTS data_quality
(
    check_id String,
    name LowCardinality(String),
    window_start DateTime64(3, 'UTC'),
    window_end DateTime64(3, 'UTC'),
    records UInt64,
    value Float64 COMMENT 'what was measured',
    expected Float64 COMMENT 'the limit that it passed or kept',
    failed UInt8,
    alert LowCardinality(String) COMMENT 'firing or resolved where this window changed the state of the check, else empty',
    failing_since Nullable(DateTime64(3, 'UTC')) COMMENT 'start of the first window of those in a row that failed',
    evidence String COMMENT 'JSON',
    created_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(created_at)
ORDER BY (window_start, check_id)
TTL toDateTime(created_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;

-- The latest word on each check: whether it fails now, and since which window.
CREATE VIEW IF NOT EXISTS data_quality_now AS
SELECT
    name,
    argMax(q.failed, (q.window_start, q.check_id)) AS failed,
    argMax(q.value, (q.window_start, q.check_id)) AS value,
    argMax(q.expected, (q.window_start, q.check_id)) AS expected,
    argMax(tuple(q.failing_since), (q.window_start, q.check_id)).1 AS failing_since,
    max(q.window_end) AS window_end,
    max(if(q.failed = 1, q.created_at, NULL)) AS last_failed_at
FROM data_quality AS q
GROUP BY name;
