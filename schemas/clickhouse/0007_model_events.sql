-- What happened to models, and the traffic of a language after it, for ever: there are few, and they explain all figures.
CREATE TABLE IF NOT EXISTS model_events
(
    event_id String,
    language LowCardinality(String) COMMENT 'ISO 639-1 code, or * for every language without traffic of its own',
    action LowCardinality(String),
    model_name String,
    model_version String,
    traffic String COMMENT 'JSON: [{"variant", "model_name", "model_version", "uri", "weight", "shadow"}, ...]',
    created_at DateTime64(3, 'UTC'),
    reason String,
    evidence String COMMENT 'JSON',
    actor String
)
ENGINE = ReplacingMergeTree
ORDER BY (created_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;
