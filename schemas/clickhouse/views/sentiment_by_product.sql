-- average_rating is of the ratings as they came, average_stars of those that are on the scale of their source.
--
-- Cost: a row for each product and sentiment (see 0019), and what has not been counted yet.
CREATE OR REPLACE VIEW sentiment_by_product AS
SELECT
    product_id,
    toUInt64(sum(c.n)) AS reviews,
    toUInt64(sumIf(c.n, sentiment = 'positive')) AS positive,
    toUInt64(sumIf(c.n, sentiment = 'neutral')) AS neutral,
    toUInt64(sumIf(c.n, sentiment = 'negative')) AS negative,
    positive / reviews AS positive_share,
    sum(c.scores) / 1e9 / reviews AS average_score,
    if(sum(c.rated_n) = 0, NULL, sum(c.ratings) / 1e6 / sum(c.rated_n)) AS average_rating,
    if(sum(c.starred_n) = 0, NULL, sum(c.all_stars) / 1e6 / sum(c.starred_n)) AS average_stars
FROM
(
    SELECT
        product_id, sentiment, sum(sign) AS n, sum(sign * score_e9) AS scores, sum(sign * rated) AS rated_n,
        sum(sign * rating_e6) AS ratings, sum(sign * starred) AS starred_n, sum(sign * stars_e6) AS all_stars
    FROM review_facts
    GROUP BY product_id, sentiment
    UNION ALL
    SELECT
        product_id, sentiment, sum(sign) AS n, sum(sign * score_e9) AS scores, sum(sign * rated) AS rated_n,
        sum(sign * rating_e6) AS ratings, sum(sign * starred) AS starred_n, sum(sign * stars_e6) AS all_stars
    FROM pending_review_facts
    GROUP BY product_id, sentiment
) AS c
GROUP BY product_id
HAVING reviews > 0;
