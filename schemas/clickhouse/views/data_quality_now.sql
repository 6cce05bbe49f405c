-- The latest word on each check: whether it fails now, and since which window.
CREATE OR REPLACE VIEW data_quality_now AS
SELECT
    name,
    argMax(q.failed, (q.window_start, q.check_id)) AS failed,
    argMax(q.value, (q.window_start, q.check_id)) AS value,
    argMax(q.expected, (q.window_start, q.check_id)) AS expected,
    argMax(tuple(q.failing_since), (q.window_start, q.check_id)).1 AS failing_since,
    max(q.window_end) AS window_end,
    max(if(q.failed = 1, q.created_at, NULL)) AS last_failed_at
FROM data_quality AS q
GROUP BY name;
