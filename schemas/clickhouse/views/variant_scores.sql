-- One row for each review and each variant and version that scored it, shadows marked: its latest score by that one. Columns
-- that a query does not name are not read.
--
-- FINAL gives the row of the greatest precedence for each review, model, version and variant, whatever has been merged so far.
-- It goes through the parts in the order of their key, so that memory does not grow with the table.
CREATE OR REPLACE VIEW variant_scores AS
SELECT
    review_id,
    model_name,
    model_version,
    variant,
    toUInt8(0) AS shadow,
    language,
    sentiment,
    score,
    probabilities,
    created_at,
    scored_at,
    product_id,
    confidence,
    text_masked,
    rating,
    stars,
    precedence
FROM predictions FINAL
UNION ALL
SELECT
    review_id,
    model_name,
    model_version,
    variant,
    toUInt8(1) AS shadow,
    language,
    sentiment,
    score,
    probabilities,
    created_at,
    scored_at,
    product_id,
    confidence,
    text_masked,
    rating,
    stars,
    precedence
FROM shadow_predictions FINAL;
