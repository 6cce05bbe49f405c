-- Predictions whose truth is known: one row for each review with feedback and each model that scored it, challengers, earlier
-- versions and shadows included, with what was judged, when and by whom. Feedback may arrive before its prediction, or more than
-- once: the latest of both count.
--
--   asked        1 where labelers or moderators were shown the review because it was hard to judge (see `labelling_queue`): models
--                are wrong on those more often than elsewhere
--   answerable   0 where people say neutral and the model has no such answer, which is no error of it
--
-- Cost: the condition on review_id reads, through the primary key, only the parts of predictions that hold judged reviews.
CREATE OR REPLACE VIEW judged AS
SELECT
    scored.review_id AS review_id,
    scored.model_name AS model_name,
    scored.model_version AS model_version,
    scored.variant AS variant,
    scored.sentiment AS sentiment,
    scored.score AS score,
    scored.scored_at AS scored_at,
    truth.label AS label,
    scored.shadow AS shadow,
    scored.confidence AS confidence,
    scored.language AS language,
    scored.product_id AS product_id,
    scored.created_at AS created_at,
    scored.text_masked AS text_masked,
    truth.source AS label_source,
    truth.created_at AS judged_at,
    toUInt8(
        truth.source != 'user' AND scored.review_id IN (SELECT review_id FROM labelling_requests WHERE reason != 'chance')
    ) AS asked,
    toUInt8(
        truth.label != 'neutral'
        OR (scored.model_name, scored.model_version) IN (SELECT model_name, model_version FROM neutral_models)
    ) AS answerable
FROM
(
    SELECT *
    FROM variant_scores
    WHERE review_id IN (SELECT review_id FROM review_feedback)
) AS scored
INNER JOIN latest_feedback AS truth ON truth.review_id = scored.review_id;
