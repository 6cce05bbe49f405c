-- Counts of reviews without reading them all. `review_facts` says of each review that it counts (sign 1), and of a row that a later
-- text or a later scoring replaced that it counts no more (sign -1): sums of sign are exact, and projections keep them by product, by
-- hour and by minute.
--
--   review_arrivals        each row of `predictions` as it arrived (sign 0), kept until it has been counted
--   review_facts           what has been counted; rows are added, never changed
--   review_facts_progress  how far counting has come: its row of the greatest `at`
--
-- The loop counts (retrain/review_facts). The view `pending_review_facts` says what has not been counted yet, and other views add it,
-- so that they are exact before, while and after the loop does so. All of it can be computed again from `predictions`.
--
-- review: hash of review_id. *_e9, *_e6: billionths and millionths, as sums of integers do not depend on their order.
-- latency_bucket: of the milliseconds from created_at to scored_at: each of its own below 16, then 16 to each power of two.
ALTER TABLE predictions
    ADD COLUMN IF NOT EXISTS review UInt128 ALIAS reinterpretAsUInt128(sipHash128(review_id)),
    ADD COLUMN IF NOT EXISTS hour Int64 ALIAS intDiv(toUnixTimestamp64Milli(created_at), 3600000),
    ADD COLUMN IF NOT EXISTS minute Int64 ALIAS intDiv(toUnixTimestamp64Milli(scored_at), 60000),
    ADD COLUMN IF NOT EXISTS latency_ms Int64 ALIAS
        greatest(0, toUnixTimestamp64Milli(scored_at) - toUnixTimestamp64Milli(created_at)),
    ADD COLUMN IF NOT EXISTS latency_octave UInt8 ALIAS toUInt8(floor(log2(greatest(16, latency_ms)))),
    ADD COLUMN IF NOT EXISTS latency_bucket UInt16 ALIAS
        if(latency_ms < 16, latency_ms, 16 * (latency_octave - 4) + intDiv(latency_ms, toInt64(exp2(latency_octave - 4)))),
    ADD COLUMN IF NOT EXISTS score_e9 Int64 ALIAS toInt64(round(score * 1e9)),
    ADD COLUMN IF NOT EXISTS rated UInt8 ALIAS ifNull(isFinite(rating), 0),
    ADD COLUMN IF NOT EXISTS rating_e6 Int64 ALIAS if(rated, toInt64(round(greatest(least(ifNull(rating, 0), 1e9), -1e9) * 1e6)), 0),
    ADD COLUMN IF NOT EXISTS starred UInt8 ALIAS isNotNull(stars),
    ADD COLUMN IF NOT EXISTS stars_e6 Int64 ALIAS toInt64(round(ifNull(stars, 0) * 1e6));

CREATE TABLE IF NOT EXISTS review_arrivals
(
    review UInt128 CODEC(NONE),
    precedence UInt128,
    product_id String,
    language LowCardinality(String),
    source LowCardinality(Nullable(String)),
    model_name LowCardinality(String),
    model_version LowCardinality(String),
    variant LowCardinality(String),
    sentiment Enum8('negative' = 1, 'neutral' = 2, 'positive' = 3),
    created_at DateTime64(3, 'UTC'),
    scored_at DateTime64(3, 'UTC'),
    hour Int64,
    minute Int64,
    latency_bucket UInt16,
    score_e9 Int64,
    rated UInt8,
    rating_e6 Int64,
    starred UInt8,
    stars_e6 Int64,
    sign Int8 DEFAULT 0,
    arrived_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
PARTITION BY intDiv(toUnixTimestamp(arrived_at), 600)
ORDER BY arrived_at;

CREATE TABLE IF NOT EXISTS review_facts AS review_arrivals
ENGINE = MergeTree
PARTITION BY toYYYYMM(scored_at)
ORDER BY review
TTL toDateTime(toStartOfMonth(scored_at)) + INTERVAL 1 MONTH + INTERVAL 400 DAY
SETTINGS index_granularity = 1024, min_compress_block_size = 16384, max_compress_block_size = 32768, ttl_only_drop_parts = 1;
ALTER TABLE review_facts DROP COLUMN IF EXISTS arrived_at;
ALTER TABLE review_facts ADD PROJECTION IF NOT EXISTS by_product
(
    SELECT
        product_id, sentiment, sum(sign), sum(sign * score_e9), sum(sign * rated), sum(sign * rating_e6), sum(sign * starred),
        sum(sign * stars_e6)
    GROUP BY product_id, sentiment
);
ALTER TABLE review_facts ADD PROJECTION IF NOT EXISTS by_hour
(
    SELECT hour, sentiment, sum(sign), sum(sign * score_e9)
    GROUP BY hour, sentiment
);
ALTER TABLE review_facts ADD PROJECTION IF NOT EXISTS by_minute
(
    SELECT minute, sum(sign), sumForEach(arrayPushBack(arrayWithConstant(latency_bucket, 0), toInt64(sign)))
    GROUP BY minute
);

CREATE TABLE IF NOT EXISTS review_facts_progress
(
    at DateTime64(6, 'UTC') DEFAULT now64(6),
    counted_to DateTime64(3, 'UTC') COMMENT 'what arrived before has been counted',
    arrivals UInt64 COMMENT 'so many rows of it are in review_arrivals',
    recount_from DateTime64(3, 'UTC') COMMENT 'what arrived from here',
    recount_to DateTime64(3, 'UTC') COMMENT 'to here is compared once more, before it is dropped',
    history UInt8 COMMENT 'of 64 slices of the predictions that were there before: so many are in review_arrivals'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY tuple();

CREATE MATERIALIZED VIEW IF NOT EXISTS predictions_to_review_arrivals TO review_arrivals AS
SELECT
    review, precedence, product_id, language, source, model_name, model_version, variant, sentiment, created_at, scored_at, hour,
    minute, latency_bucket, score_e9, rated, rating_e6, starred, stars_e6
FROM predictions;
