-- What people were, or should be, told of, as it arrived. One message may be here several times: query the views.
CREATE TABLE IF NOT EXISTS alerts
(
    alert_id String,
    fingerprint String COMMENT 'identity of the condition',
    status LowCardinality(String),
    name LowCardinality(String) COMMENT 'of the rule',
    severity LowCardinality(String),
    summary String,
    labels Map(String, String),
    started_at DateTime64(3, 'UTC'),
    created_at DateTime64(3, 'UTC'),
    description String COMMENT 'examples in it are masked',
    evidence String COMMENT 'JSON',
    ended_at Nullable(DateTime64(3, 'UTC'))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(created_at)
ORDER BY (fingerprint, created_at, alert_id)
TTL toDateTime(created_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;

-- The last message of each condition: what fires now has the status 'firing'.
CREATE VIEW IF NOT EXISTS alert_status AS
SELECT
    fingerprint,
    argMax(a.alert_id, (a.created_at, a.status)) AS alert_id,
    argMax(a.status, (a.created_at, a.status)) AS status,
    argMax(a.name, (a.created_at, a.status)) AS name,
    argMax(a.severity, (a.created_at, a.status)) AS severity,
    argMax(a.summary, (a.created_at, a.status)) AS summary,
    argMax(a.labels, (a.created_at, a.status)) AS labels,
    argMax(a.started_at, (a.created_at, a.status)) AS started_at,
    max(a.created_at) AS created_at,
    argMax(a.description, (a.created_at, a.status)) AS description,
    argMax(a.evidence, (a.created_at, a.status)) AS evidence,
    argMax(tuple(a.ended_at), (a.created_at, a.status)).1 AS ended_at
FROM alerts AS a
GROUP BY fingerprint;

-- The sender's queue: a row is written before the first attempt, and after each attempt again with a higher revision. What a
-- message holds, its id and its time of planning never change.
CREATE TABLE IF NOT EXISTS alert_deliveries
(
    target LowCardinality(String),
    webhook_id String,
    alert_ids Array(String) COMMENT 'this array and the next three go together',
    fingerprints Array(String),
    statuses Array(String),
    created_ms Array(Int64),
    body String CODEC(ZSTD(3)),
    planned_at DateTime64(6, 'UTC') COMMENT 'also their order',
    state LowCardinality(String) COMMENT 'pending, delivered, abandoned, refused',
    attempts UInt32,
    next_attempt_at DateTime64(3, 'UTC'),
    paused_until DateTime64(3, 'UTC') COMMENT 'the target asked for silence until then',
    answer String COMMENT 'to the last attempt',
    updated_at DateTime64(3, 'UTC'),
    revision UInt64
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(planned_at)
ORDER BY (target, webhook_id)
TTL toDateTime(planned_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;

-- Whether a target is sent anything: the last word about an address. One without a word is.
CREATE TABLE IF NOT EXISTS alert_targets
(
    target String,
    endpoint String COMMENT 'digest of the address: another address is another target',
    enabled UInt8,
    reason String,
    changed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY (target, endpoint)
SETTINGS non_replicated_deduplication_window = 1000;

-- How far the reviews of each product were judged, and what is known of it: the built-in rule goes on from here.
CREATE TABLE IF NOT EXISTS product_sentiment
(
    product_id String,
    state String COMMENT 'JSON',
    cursor_at DateTime64(3, 'UTC') COMMENT 'scored_at of the last review that was judged, of any product',
    cursor_id String COMMENT 'its review_id'
)
ENGINE = ReplacingMergeTree(cursor_at)
ORDER BY product_id
SETTINGS non_replicated_deduplication_window = 1000;
