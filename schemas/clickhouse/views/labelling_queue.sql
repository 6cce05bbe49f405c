-- What waits for a label. A review that anybody has judged since is no longer here, nor one that nobody has for 30 days.
CREATE OR REPLACE VIEW labelling_queue AS
SELECT *
FROM first_labelling_requests
WHERE created_at > now() - INTERVAL 30 DAY AND review_id NOT IN (SELECT review_id FROM review_feedback);
