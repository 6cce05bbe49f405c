-- One row for each review and aspect: a review counts once for an aspect, however often it names it, as what one review says in
-- several places is no independent evidence. sentiment: of the negative and the positive places that of which there are more, neutral
-- where there are as many; neutral places do not count.
CREATE OR REPLACE VIEW review_aspects AS
SELECT
    review_id,
    aspect,
    any(a.product_id) AS product_id,
    any(a.language) AS language,
    any(a.source) AS source,
    count() AS mentions,
    CAST(2 + sign(countIf(a.sentiment = 'positive') - countIf(a.sentiment = 'negative'))
        AS Enum8('negative' = 1, 'neutral' = 2, 'positive' = 3)) AS sentiment,
    avg(a.score) AS score,
    any(a.created_at) AS created_at,
    any(a.scored_at) AS scored_at
FROM aspects AS a
GROUP BY review_id, aspect;
