-- The reviews that users judged, each with what they saw: the score that was the latest when they spoke, or the first one
-- where none was there yet. So a later model neither gains nor loses by what an earlier one said.
CREATE OR REPLACE VIEW seen_by_users AS
WITH
    arrayFilter(each -> each.1 <= word.created_at, scored.said) AS before,
    if(empty(before), scored.said[1], before[-1]) AS seen
SELECT
    scored.review_id AS review_id,
    word.label AS label,
    word.created_at AS judged_at,
    seen.2 AS sentiment,
    seen.3 AS model_name,
    seen.4 AS model_version,
    seen.5 AS variant,
    seen.6 AS language,
    seen.7 AS product_id,
    seen.8 AS created_at
FROM
(
    SELECT
        review_id,
        arraySort(groupArray((
            scored_at, sentiment, toString(model_name), toString(model_version), toString(variant), toString(language), product_id,
            created_at
        ))) AS said
    FROM variant_scores
    WHERE shadow = 0 AND review_id IN (SELECT review_id FROM review_feedback WHERE source = 'user')
    GROUP BY review_id
) AS scored
INNER JOIN (SELECT * FROM feedback_by_source WHERE source = 'user') AS word ON word.review_id = scored.review_id;
