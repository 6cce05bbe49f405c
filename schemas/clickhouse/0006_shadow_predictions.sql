-- What shadows said: models that score the same reviews for comparison only. Of the shape of `predictions` (see 0001), and
-- apart from it, so that no view of the reviews ever shows what was not emitted.
CREATE TABLE IF NOT EXISTS shadow_predictions
(
    review_id String,
    product_id String,
    sentiment Enum8('negative' = 1, 'neutral' = 2, 'positive' = 3),
    score Float64 COMMENT 'P(positive)',
    confidence Float64 COMMENT 'P(sentiment)',
    text_masked String CODEC(ZSTD(3)),
    language LowCardinality(String),
    language_confidence Float64,
    pii Map(LowCardinality(String), UInt32) COMMENT 'entity type to count',
    rating Nullable(Float32),
    author_key Nullable(String),
    source LowCardinality(Nullable(String)),
    model_name LowCardinality(String),
    model_version LowCardinality(String),
    variant LowCardinality(String),
    created_at DateTime64(3, 'UTC'),
    scored_at DateTime64(3, 'UTC'),
    recency UInt64 MATERIALIZED bitOr(
        bitShiftLeft(toUInt64(toUnixTimestamp64Milli(scored_at)), 20),
        bitAnd(
            sipHash64(
                product_id, score, confidence, text_masked, toString(language), language_confidence, toString(pii),
                ifNull(toString(rating), ''), ifNull(author_key, ''), ifNull(toString(source), ''),
                toString(model_name), toString(model_version), toString(variant), toUnixTimestamp64Milli(created_at)
            ),
            1048575
        )
    )
)
ENGINE = ReplacingMergeTree(recency)
PARTITION BY toYYYYMM(scored_at)
ORDER BY (review_id, model_name, model_version, variant)
TTL toDateTime(scored_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;
