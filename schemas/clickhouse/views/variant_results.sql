-- Each variant and version in each language: how much it scored, how much of that was judged, and judged right. neutral: judged
-- neutral by people, and the model has no such answer; not among the judged.
CREATE OR REPLACE VIEW variant_results AS
WITH
    truth.review_id != '' AS heard,
    truth.label = 'neutral'
        AND (scored.model_name, scored.model_version) NOT IN (SELECT model_name, model_version FROM neutral_models) AS unanswerable
SELECT
    scored.language AS language,
    (toString(scored.variant), toString(scored.model_version), toString(scored.model_name), scored.shadow) AS arm,
    count() AS reviews,
    countIf(heard AND NOT unanswerable) AS judged,
    countIf(heard AND NOT unanswerable AND truth.label = scored.sentiment) AS correct,
    quantileExact(0.5)((toUnixTimestamp64Milli(scored.scored_at) - toUnixTimestamp64Milli(scored.created_at)) / 1000)
        AS median_latency_seconds,
    countIf(heard AND unanswerable) AS neutral
FROM variant_scores AS scored
LEFT JOIN latest_feedback AS truth ON truth.review_id = scored.review_id
GROUP BY language, arm;
