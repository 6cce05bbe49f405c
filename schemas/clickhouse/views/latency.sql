-- Seconds from created_at to the latest scored_at, by the minute of scoring. A review scored again later counts where it was
-- scored last, with the time it has existed by then.
CREATE OR REPLACE VIEW latency AS
WITH (toUnixTimestamp64Milli(scored_at) - toUnixTimestamp64Milli(created_at)) / 1000 AS seconds
SELECT
    toDateTime64(intDiv(toUnixTimestamp64Milli(scored_at), 60000) * 60, 0, 'UTC') AS minute,
    count() AS reviews,
    quantileExact(0.5)(seconds) AS p50_seconds,
    quantileExact(0.95)(seconds) AS p95_seconds,
    quantileExact(0.99)(seconds) AS p99_seconds
FROM reviews
GROUP BY minute;
