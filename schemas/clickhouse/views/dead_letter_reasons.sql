-- How many records failed, by topic, stage and reason. A record counts once, under its latest failure.
CREATE OR REPLACE VIEW dead_letter_reasons AS
SELECT
    topic,
    last.1 AS stage,
    last.2 AS reason,
    count() AS records,
    min(first_failed_at) AS first_failed_at,
    max(last_failed_at) AS last_failed_at
FROM
(
    SELECT
        topic,
        partition,
        offset,
        argMax((d.stage, d.reason), (d.failed_at, d.stage, d.reason)) AS last,
        min(d.failed_at) AS first_failed_at,
        max(d.failed_at) AS last_failed_at
    FROM dead_letters AS d
    GROUP BY topic, partition, offset
)
GROUP BY topic, stage, reason;
