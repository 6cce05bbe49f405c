-- What the models said, as it arrived: one row for each time a review was scored. Query the view `reviews`, not this table.
--
-- Partition and TTL go by scored_at, which is our own clock. created_at comes from producers: a batch of reviews from
-- twenty years would make more than a hundred partitions in one insert, which ClickHouse refuses, and old reviews would be
-- deleted as they arrive.
--
-- recency orders the rows of one review: the milliseconds of scored_at above 20 bits of a digest of the row. No two rows
-- that differ are equal in it (but for one chance in a million within the same millisecond), so that "the latest" is the
-- same row whatever the order of inserts and the state of the merges.
CREATE TABLE IF NOT EXISTS predictions
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
