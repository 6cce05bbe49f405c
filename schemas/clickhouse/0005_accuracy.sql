-- Predictions whose truth is known: one row for each review with feedback and each model that scored it, challengers and
-- earlier versions included. Feedback may arrive before its prediction, or more than once: the latest of both count.
--
-- Cost: the condition on review_id reads, through the primary key, only the parts of predictions that hold judged reviews.
CREATE VIEW IF NOT EXISTS judged AS
SELECT
    scored.review_id AS review_id,
    scored.model_name AS model_name,
    scored.model_version AS model_version,
    scored.variant AS variant,
    scored.sentiment AS sentiment,
    scored.score AS score,
    scored.scored_at AS scored_at,
    truth.label AS label
FROM
(
    SELECT
        review_id,
        model_name,
        model_version,
        variant,
        argMax(p.sentiment, p.recency) AS sentiment,
        argMax(p.score, p.recency) AS score,
        max(p.scored_at) AS scored_at
    FROM predictions AS p
    WHERE review_id IN (SELECT review_id FROM feedback)
    GROUP BY review_id, model_name, model_version, variant
) AS scored
INNER JOIN latest_feedback AS truth ON truth.review_id = scored.review_id;

CREATE VIEW IF NOT EXISTS model_accuracy AS
SELECT
    model_name,
    model_version,
    variant,
    count() AS reviews,
    countIf(sentiment = label) AS correct,
    correct / reviews AS accuracy
FROM judged
GROUP BY model_name, model_version, variant;

CREATE VIEW IF NOT EXISTS confusion AS
SELECT
    model_name,
    model_version,
    variant,
    label,
    sentiment,
    count() AS reviews
FROM judged
GROUP BY model_name, model_version, variant, label, sentiment;
