-- One row for each review: its latest score, chosen by recency, across partitions and whatever has been merged so far.
--
-- Cost: columns that a query does not name are not read. `SELECT count() FROM reviews` reads review_id alone and keeps one
-- hash table entry for each review. A condition on review_id uses the primary key; one on any other column is checked after
-- the grouping, on every review.
--
-- Nullable columns go through a tuple because argMax skips NULL: the latest rating would otherwise be the latest known one.
CREATE VIEW IF NOT EXISTS reviews AS
SELECT
    review_id,
    argMax(p.product_id, p.recency) AS product_id,
    argMax(p.sentiment, p.recency) AS sentiment,
    argMax(p.score, p.recency) AS score,
    argMax(p.confidence, p.recency) AS confidence,
    argMax(p.text_masked, p.recency) AS text_masked,
    argMax(p.language, p.recency) AS language,
    argMax(p.language_confidence, p.recency) AS language_confidence,
    argMax(p.pii, p.recency) AS pii,
    argMax(tuple(p.rating), p.recency).1 AS rating,
    argMax(tuple(p.author_key), p.recency).1 AS author_key,
    argMax(tuple(p.source), p.recency).1 AS source,
    argMax(p.model_name, p.recency) AS model_name,
    argMax(p.model_version, p.recency) AS model_version,
    argMax(p.variant, p.recency) AS variant,
    argMax(p.created_at, p.recency) AS created_at,
    max(p.scored_at) AS scored_at
FROM predictions AS p
GROUP BY review_id;

-- Sentiment by the hour in which the reviews were written.
CREATE VIEW IF NOT EXISTS sentiment_hourly AS
SELECT
    toStartOfHour(created_at) AS hour,
    count() AS reviews,
    countIf(sentiment = 'positive') AS positive,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'negative') AS negative,
    positive / reviews AS positive_share,
    avg(score) AS average_score
FROM reviews
GROUP BY hour;

CREATE VIEW IF NOT EXISTS sentiment_by_product AS
SELECT
    product_id,
    count() AS reviews,
    countIf(sentiment = 'positive') AS positive,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'negative') AS negative,
    positive / reviews AS positive_share,
    avg(score) AS average_score,
    avg(rating) AS average_rating
FROM reviews
GROUP BY product_id;

-- Seconds from created_at to the latest scored_at, by the minute of scoring. A review scored again later counts where it was
-- scored last, with the time it has existed by then.
CREATE VIEW IF NOT EXISTS latency AS
WITH (toUnixTimestamp64Milli(scored_at) - toUnixTimestamp64Milli(created_at)) / 1000 AS seconds
SELECT
    toStartOfMinute(scored_at) AS minute,
    count() AS reviews,
    quantileExact(0.5)(seconds) AS p50_seconds,
    quantileExact(0.95)(seconds) AS p95_seconds,
    quantileExact(0.99)(seconds) AS p99_seconds
FROM reviews
GROUP BY minute;
