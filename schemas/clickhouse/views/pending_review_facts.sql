-- What is to be added to `review_facts` (see 0019) so that each review counts once, as its row of the greatest precedence: sign 1 where
-- that row does not count yet, and for any other row what takes its count back. Nothing where all has been counted.
--
-- It says how what is counted differs from what should be, for the reviews that arrived since `counted_to`, those that are to be
-- compared once more, and the history that has not arrived: so it may be added at any time, and again after a kill.
CREATE OR REPLACE VIEW pending_review_facts AS
WITH
    (SELECT argMax((p.counted_to, p.recount_from, p.recount_to, p.history), p.at) FROM review_facts_progress AS p) AS progress,
    candidates AS
    (
        SELECT
            review, precedence, product_id, language, source, model_name, model_version, variant, sentiment, created_at, scored_at,
            hour, minute, latency_bucket, score_e9, rated, rating_e6, starred, stars_e6, sign
        FROM review_arrivals
        WHERE arrived_at >= progress.1 OR (arrived_at >= progress.2 AND arrived_at < progress.3)
        UNION ALL
        SELECT
            review, precedence, product_id, language, source, model_name, model_version, variant, sentiment, created_at, scored_at,
            hour, minute, latency_bucket, score_e9, rated, rating_e6, starred, stars_e6, toInt8(0) AS sign
        FROM predictions
        WHERE progress.4 < 64 AND review % 64 >= progress.4
    )
SELECT
    review, one.1 AS precedence, one.3 AS product_id, one.4 AS language, one.5 AS source, one.6 AS model_name, one.7 AS model_version,
    one.8 AS variant, one.9 AS sentiment, one.10 AS created_at, one.11 AS scored_at, one.12 AS hour, one.13 AS minute,
    one.14 AS latency_bucket, one.15 AS score_e9, one.16 AS rated, one.17 AS rating_e6, one.18 AS starred, one.19 AS stars_e6,
    toInt8((precedence = latest) - arraySum(arrayMap(every -> if(every.1 = one.1, every.2, 0), known))) AS sign
FROM
(
    SELECT
        review,
        max(each.precedence) AS latest,
        groupArray((
            each.precedence, each.sign, each.product_id, each.language, each.source, each.model_name, each.model_version, each.variant,
            each.sentiment, each.created_at, each.scored_at, each.hour, each.minute, each.latency_bucket, each.score_e9, each.rated,
            each.rating_e6, each.starred, each.stars_e6
        )) AS known
    FROM
    (
        SELECT * FROM candidates
        UNION ALL
        SELECT
            review, precedence, product_id, language, source, model_name, model_version, variant, sentiment, created_at, scored_at,
            hour, minute, latency_bucket, score_e9, rated, rating_e6, starred, stars_e6, sign
        FROM review_facts
        WHERE review IN (SELECT review FROM candidates)
    ) AS each
    GROUP BY review
)
ARRAY JOIN arrayFilter((every, number) -> indexOf(known.1, every.1) = number, known, arrayEnumerate(known)) AS one
WHERE sign != 0;
