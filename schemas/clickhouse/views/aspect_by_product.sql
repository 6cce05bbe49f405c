-- What the reviews of each product say of each aspect. A review counts once for an aspect; mentions counts the places.
CREATE OR REPLACE VIEW aspect_by_product AS
SELECT
    product_id,
    aspect,
    count() AS reviews,
    sum(mentions) AS mentions,
    countIf(sentiment = 'positive') AS positive,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'negative') AS negative,
    positive / reviews AS positive_share,
    negative / reviews AS negative_share,
    avg(score) AS average_score,
    max(r.created_at) AS last_at
FROM review_aspects AS r
GROUP BY product_id, aspect;
