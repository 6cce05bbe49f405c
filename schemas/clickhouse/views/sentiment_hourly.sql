-- Sentiment by the hour in which the reviews were written. The functions that round times end in 2106, as DateTime does; the
-- division does not.
--
-- Cost: a row for each hour and sentiment (see 0019), and what has not been counted yet.
CREATE OR REPLACE VIEW sentiment_hourly AS
SELECT
    toDateTime64(c.number * 3600, 0, 'UTC') AS hour,
    toUInt64(sum(c.n)) AS reviews,
    toUInt64(sumIf(c.n, sentiment = 'positive')) AS positive,
    toUInt64(sumIf(c.n, sentiment = 'neutral')) AS neutral,
    toUInt64(sumIf(c.n, sentiment = 'negative')) AS negative,
    positive / reviews AS positive_share,
    sum(c.scores) / 1e9 / reviews AS average_score
FROM
(
    SELECT hour AS number, sentiment, sum(sign) AS n, sum(sign * score_e9) AS scores
    FROM review_facts
    GROUP BY hour, sentiment
    UNION ALL
    SELECT hour AS number, sentiment, sum(sign) AS n, sum(sign * score_e9) AS scores
    FROM pending_review_facts
    GROUP BY hour, sentiment
) AS c
GROUP BY c.number
HAVING reviews > 0;
