-- Seconds from created_at to the latest scored_at, by the minute of scoring. A review scored again later counts where it was
-- scored last, with the time it has existed by then. Percentiles are those of buckets (see 0019): exact below 32 ms, within 3.2 % above.
--
-- Cost: a row for each minute (see 0019), and what has not been counted yet.
CREATE OR REPLACE VIEW latency AS
WITH
    arrayCumSum(counts) AS ranks,
    arrayMap(level -> arrayFirstIndex(rank -> rank >= ceil(level * reviews), ranks) - 1, [0.5, 0.95, 0.99]) AS buckets,
    arrayMap(
        bucket -> if(bucket < 16, bucket, (16.5 + bucket % 16) * exp2(intDiv(bucket, 16) - 1) - 0.5) / 1000,
        buckets
    ) AS seconds
SELECT
    toDateTime64(number * 60, 0, 'UTC') AS minute,
    reviews,
    seconds[1] AS p50_seconds,
    seconds[2] AS p95_seconds,
    seconds[3] AS p99_seconds
FROM
(
    SELECT c.number AS number, toUInt64(sum(c.n)) AS reviews, sumForEach(c.in_buckets) AS counts
    FROM
    (
        SELECT
            minute AS number, sum(sign) AS n,
            sumForEach(arrayPushBack(arrayWithConstant(latency_bucket, 0), toInt64(sign))) AS in_buckets
        FROM review_facts
        GROUP BY minute
        UNION ALL
        SELECT
            minute AS number, sum(sign) AS n,
            sumForEach(arrayPushBack(arrayWithConstant(latency_bucket, 0), toInt64(sign))) AS in_buckets
        FROM pending_review_facts
        GROUP BY minute
    ) AS c
    GROUP BY number
    HAVING reviews > 0
);
