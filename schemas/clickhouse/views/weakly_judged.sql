-- Predictions whose truth only the stars tell: one row for each review with stars and no feedback, and each model that scored
-- it. On the scale of one to five stars, up to 2 are negative and from 4 positive; 3, and what is off the scale of its source,
-- says nothing.
CREATE OR REPLACE VIEW weakly_judged AS
SELECT
    review_id,
    model_name,
    model_version,
    variant,
    sentiment,
    score,
    scored_at,
    CAST(if(assumeNotNull(stars) <= 2, 'negative', 'positive') AS Enum8('negative' = 1, 'neutral' = 2, 'positive' = 3)) AS label,
    shadow,
    confidence,
    language,
    product_id,
    created_at,
    text_masked,
    assumeNotNull(rating) AS rating,
    assumeNotNull(stars) AS stars
FROM variant_scores AS each
WHERE (each.stars <= 2 OR each.stars >= 4) AND review_id NOT IN (SELECT review_id FROM review_feedback);
