-- Corrections of aspects: one row for each part of a review's text that somebody said the right sentiment of, the latest.
-- term, category, sentiment: what was emitted of it last. They are NULL where the review has no such aspect (any more), and where its
-- text is of a later date than the correction. agrees: whether the sentiment is what they say.
CREATE OR REPLACE VIEW aspect_feedback AS
WITH emitted.number != 0 AND emitted.created_at <= said.created_at AS known
SELECT
    review_id,
    if(known, emitted.term, NULL) AS term,
    if(known, emitted.category, NULL) AS category,
    start,
    end,
    said.label AS label,
    said.source AS source,
    said.created_at AS created_at,
    if(known, emitted.sentiment, NULL) AS sentiment,
    if(known, emitted.sentiment = said.label, NULL) AS agrees
FROM
(
    SELECT
        review_id,
        JSONExtractUInt(aspect, 'start') AS start,
        JSONExtractUInt(aspect, 'end') AS end,
        argMax(f.label, (f.given_at, f.created_at, f.feedback_id)) AS label,
        argMax(f.source, (f.given_at, f.created_at, f.feedback_id)) AS source,
        max(f.given_at) AS created_at
    FROM feedback AS f
    WHERE aspect != ''
    GROUP BY review_id, start, end
) AS said
LEFT JOIN
(
    SELECT review_id, toUInt64(start) AS start, toUInt64(end) AS end, number, term, category, sentiment, created_at
    FROM aspects
    WHERE review_id IN (SELECT review_id FROM feedback WHERE aspect != '')
) AS emitted ON emitted.review_id = said.review_id AND emitted.start = said.start AND emitted.end = said.end;
