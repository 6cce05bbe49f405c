-- Feedback on whole reviews as it arrived, without corrections of single aspects (see `aspect_feedback`). Whatever measures, trains or
-- chooses by feedback reads this rather than the table.
CREATE OR REPLACE VIEW review_feedback AS
SELECT feedback_id, review_id, label, source, created_at, stored_at, given_at
FROM feedback
WHERE aspect = '';
