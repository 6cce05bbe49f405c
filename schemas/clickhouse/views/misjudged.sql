-- What people judged otherwise than a model, with the masked text: false_positive where it said positive and they did not,
-- false_negative and false_neutral likewise. Stars alone prove no model wrong, nor does neutral a model
-- that has no such answer.
CREATE OR REPLACE VIEW misjudged AS
SELECT
    concat('false_', toString(sentiment)) AS kind,
    review_id,
    model_name,
    model_version,
    variant,
    shadow,
    language,
    product_id,
    sentiment,
    label,
    score,
    confidence,
    label_source,
    asked,
    text_masked,
    created_at,
    scored_at,
    judged_at
FROM judged
WHERE sentiment != label AND answerable;
