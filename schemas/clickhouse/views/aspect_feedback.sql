-- Corrections of aspects: one row for each part of a review's text that somebody said the right sentiment of, the latest.
-- sentiment: what was emitted of it last, NULL where the review has no such aspect (any more). agrees: whether that is what they
-- say.
CREATE OR REPLACE VIEW aspect_feedback AS
SELECT
    review_id,
    said.term AS term,
    said.category AS category,
    start,
    end,
    said.label AS label,
    said.source AS source,
    said.created_at AS created_at,
    if(emitted.number = 0, NULL, emitted.sentiment) AS sentiment,
    if(emitted.number = 0, NULL, emitted.sentiment = said.label) AS agrees
FROM
(
    SELECT
        review_id,
        JSONExtractUInt(aspect, 'start') AS start,
        JSONExtractUInt(aspect, 'end') AS end,
        argMax(JSONExtractString(f.aspect, 'term'), (f.given_at, f.created_at, f.feedback_id)) AS term,
        argMax(JSONExtractString(f.aspect, 'category'), (f.given_at, f.created_at, f.feedback_id)) AS category,
        argMax(f.label, (f.given_at, f.created_at, f.feedback_id)) AS label,
        argMax(f.source, (f.given_at, f.created_at, f.feedback_id)) AS source,
        max(f.given_at) AS created_at
    FROM feedback AS f
    WHERE aspect != ''
    GROUP BY review_id, start, end
) AS said
LEFT JOIN
(
    SELECT review_id, toUInt64(start) AS start, toUInt64(end) AS end, number, sentiment
    FROM aspects
    WHERE review_id IN (SELECT review_id FROM feedback WHERE aspect != '')
) AS emitted ON emitted.review_id = said.review_id AND emitted.start = said.start AND emitted.end = said.end;
