-- Every review by what is counted of it (see 0019): sum(sign) is the number of reviews, and sum(sign * x) the sum of x. A review that
-- was scored again has more than one row, whose signs add up to 1.
--
-- Cost: reads the columns that are asked for of every row: 0.1 to 1 s for 20 million (bench/sql.md).
CREATE OR REPLACE VIEW counted_reviews AS
SELECT
    review, product_id, language, source, model_name, model_version, variant, sentiment, created_at, scored_at, latency_bucket, score_e9,
    rated, rating_e6, starred, stars_e6, sign
FROM review_facts
UNION ALL
SELECT
    review, product_id, language, source, model_name, model_version, variant, sentiment, created_at, scored_at, latency_bucket, score_e9,
    rated, rating_e6, starred, stars_e6, sign
FROM pending_review_facts;
