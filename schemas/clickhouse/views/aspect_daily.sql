-- The same by the day (UTC) on which reviews were written.
CREATE OR REPLACE VIEW aspect_daily AS
SELECT
    toDate32(created_at) AS day,
    product_id,
    aspect,
    count() AS reviews,
    sum(mentions) AS mentions,
    countIf(sentiment = 'positive') AS positive,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'negative') AS negative,
    positive / reviews AS positive_share,
    negative / reviews AS negative_share,
    avg(score) AS average_score
FROM review_aspects
GROUP BY day, product_id, aspect;
