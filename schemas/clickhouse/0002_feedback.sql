-- What people say the sentiment really was. The whole row is the key: a merge removes exact repeats and nothing else, and
-- the view `latest_feedback` chooses among the rest.
--
-- Partition and TTL go by stored_at, our own clock, because created_at comes from producers (see 0001).
CREATE TABLE IF NOT EXISTS feedback
(
    feedback_id String,
    review_id String,
    label Enum8('negative' = 1, 'neutral' = 2, 'positive' = 3),
    source Enum8('user' = 1, 'moderator' = 2, 'labeler' = 3),
    created_at DateTime64(3, 'UTC'),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(stored_at)
ORDER BY (review_id, created_at, feedback_id, label, source)
TTL stored_at + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;

-- One row for each review that has feedback: the latest created_at wins, then the greatest feedback_id.
CREATE VIEW IF NOT EXISTS latest_feedback AS
SELECT
    review_id,
    argMax(f.feedback_id, (f.created_at, f.feedback_id, f.label, f.source)) AS feedback_id,
    argMax(f.label, (f.created_at, f.feedback_id, f.label, f.source)) AS label,
    argMax(f.source, (f.created_at, f.feedback_id, f.label, f.source)) AS source,
    max(f.created_at) AS created_at
FROM feedback AS f
GROUP BY review_id;
