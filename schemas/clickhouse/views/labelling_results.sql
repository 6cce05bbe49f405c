-- Whether the queue finds what models get wrong: `chance` is how often they are wrong where nothing spoke for asking.
-- neutral: labelled so where the model has no such answer, which makes it neither right nor wrong.
CREATE OR REPLACE VIEW labelling_results AS
WITH
    truth.review_id != '' AS heard,
    truth.label = 'neutral'
        AND (asked.model_name, asked.model_version) NOT IN (SELECT model_name, model_version FROM neutral_models) AS unanswerable
SELECT
    asked.language AS language,
    asked.reason AS reason,
    count() AS requested,
    countIf(heard AND NOT unanswerable) AS labelled,
    countIf(heard AND NOT unanswerable AND truth.label != asked.sentiment) AS wrong,
    if(labelled = 0, NULL, wrong / labelled) AS wrong_share,
    countIf(heard AND unanswerable) AS neutral
FROM first_labelling_requests AS asked
LEFT JOIN latest_feedback AS truth ON truth.review_id = asked.review_id
GROUP BY language, reason;
