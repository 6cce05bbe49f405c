-- One row for each review that has feedback: the latest wins, then the greatest feedback_id. created_at is given_at of the table
-- (see 0013): no later than the feedback arrived.
CREATE OR REPLACE VIEW latest_feedback AS
SELECT
    review_id,
    argMax(f.feedback_id, (f.given_at, f.created_at, f.feedback_id, f.label, f.source)) AS feedback_id,
    argMax(f.label, (f.given_at, f.created_at, f.feedback_id, f.label, f.source)) AS label,
    argMax(f.source, (f.given_at, f.created_at, f.feedback_id, f.label, f.source)) AS source,
    max(f.given_at) AS created_at
FROM review_feedback AS f
GROUP BY review_id;
