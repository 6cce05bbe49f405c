-- What models said of reviews by what people say, neutral included; weak_reviews as in model_accuracy.
CREATE OR REPLACE VIEW confusion AS
SELECT
    model_name,
    model_version,
    variant,
    label,
    sentiment,
    countIf(weak = 0) AS reviews,
    shadow,
    language,
    countIf(weak = 1) AS weak_reviews
FROM
(
    SELECT model_name, model_version, variant, shadow, language, sentiment, label, 0 AS weak FROM judged
    UNION ALL
    SELECT model_name, model_version, variant, shadow, language, sentiment, label, 1 AS weak FROM weakly_judged
) AS known
GROUP BY model_name, model_version, variant, label, sentiment, shadow, language;
