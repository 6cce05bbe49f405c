-- What each review says of which aspects, where that is asked for (ASPECTS__LEVEL). They are kept as JSON, as all records within a
-- record are; the view `aspects` has a row for each.
--
-- Rows move from `…_before_0013` to the tables that replaced them (see infra/migrations.py), so all four are of one shape.
ALTER TABLE predictions
    ADD COLUMN IF NOT EXISTS aspects String CODEC(ZSTD(3))
        COMMENT 'JSON: term, category, sentiment, score, start and end in text_masked (characters) of each; empty: not asked for';
ALTER TABLE shadow_predictions
    ADD COLUMN IF NOT EXISTS aspects String CODEC(ZSTD(3))
        COMMENT 'JSON: term, category, sentiment, score, start and end in text_masked (characters) of each; empty: not asked for';
ALTER TABLE predictions_before_0013
    ADD COLUMN IF NOT EXISTS aspects String CODEC(ZSTD(3))
        COMMENT 'JSON: term, category, sentiment, score, start and end in text_masked (characters) of each; empty: not asked for';
ALTER TABLE shadow_predictions_before_0013
    ADD COLUMN IF NOT EXISTS aspects String CODEC(ZSTD(3))
        COMMENT 'JSON: term, category, sentiment, score, start and end in text_masked (characters) of each; empty: not asked for';

-- Feedback on one aspect of a review says nothing about the review as a whole: read `review_feedback` or `aspect_feedback`. The whole
-- row stays the key.
ALTER TABLE feedback
    ADD COLUMN IF NOT EXISTS aspect String CODEC(ZSTD(3))
        COMMENT 'JSON: start and end of the aspect whose sentiment is corrected, in text_masked; empty: it is on the whole review',
    MODIFY ORDER BY (review_id, created_at, feedback_id, label, source, aspect);

-- State of the built-in rule for aspects of products, as `product_sentiment` is of that for products (see 0011).
CREATE TABLE IF NOT EXISTS aspect_sentiment
(
    product_id String,
    aspect String COMMENT 'category, or the term in small letters where categories are not asked for',
    state String COMMENT 'JSON',
    cursor_at DateTime64(3, 'UTC') COMMENT 'the last review judged: when it was first scored',
    cursor_id String COMMENT 'and its id'
)
ENGINE = ReplacingMergeTree(cursor_at)
ORDER BY (product_id, aspect)
TTL toDateTime(cursor_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000;
