-- What users think of what was emitted, by model, language, product and the hour in which the reviews were written: of the
-- predictions they judged some, and confirmed some of these. satisfaction is NULL where they judged none. neutral:
-- they found the review so, and the model has no such answer; not among the judged.
CREATE OR REPLACE VIEW satisfaction AS
SELECT
    model_name,
    model_version,
    variant,
    language,
    product_id,
    toDateTime64(intDiv(toUnixTimestamp64Milli(created_at), 3600000) * 3600, 0, 'UTC') AS window_start,
    window_start + INTERVAL 1 HOUR AS window_end,
    countIf(verdict = 'none') AS predictions,
    countIf(verdict IN ('confirmed', 'corrected')) AS judged,
    countIf(verdict = 'confirmed') AS confirmed,
    if(judged = 0, NULL, confirmed / judged) AS satisfaction,
    countIf(verdict = 'neutral') AS neutral
FROM
(
    SELECT model_name, model_version, variant, language, product_id, created_at, 'none' AS verdict
    FROM variant_scores
    WHERE shadow = 0
    UNION ALL
    SELECT
        model_name, model_version, variant, language, product_id, created_at,
        multiIf(
            label = 'neutral'
                AND (model_name, model_version) NOT IN (SELECT model_name, model_version FROM neutral_models), 'neutral',
            sentiment = label, 'confirmed',
            'corrected'
        ) AS verdict
    FROM seen_by_users
) AS each
GROUP BY model_name, model_version, variant, language, product_id, window_start;
