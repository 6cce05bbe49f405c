-- average_rating is of the ratings as they came, average_stars of those that are on the scale of their source.
CREATE OR REPLACE VIEW sentiment_by_product AS
SELECT
    product_id,
    count() AS reviews,
    countIf(sentiment = 'positive') AS positive,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'negative') AS negative,
    positive / reviews AS positive_share,
    avg(score) AS average_score,
    avg(rating) AS average_rating,
    avg(stars) AS average_stars
FROM reviews
GROUP BY product_id;
