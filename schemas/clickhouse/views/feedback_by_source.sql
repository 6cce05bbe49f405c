-- The latest word of each kind of source on a review: users, moderators and labelers are not each other's corrections here.
-- `latest_feedback` has the latest word of all.
CREATE OR REPLACE VIEW feedback_by_source AS
SELECT
    review_id,
    source,
    argMax(f.feedback_id, (f.given_at, f.created_at, f.feedback_id, f.label)) AS feedback_id,
    argMax(f.label, (f.given_at, f.created_at, f.feedback_id, f.label)) AS label,
    max(f.given_at) AS created_at
FROM review_feedback AS f
GROUP BY review_id, source;
