-- The last message of each condition: what fires now has the status 'firing'.
CREATE OR REPLACE VIEW alert_status AS
SELECT
    fingerprint,
    argMax(a.alert_id, (a.created_at, a.status)) AS alert_id,
    argMax(a.status, (a.created_at, a.status)) AS status,
    argMax(a.name, (a.created_at, a.status)) AS name,
    argMax(a.severity, (a.created_at, a.status)) AS severity,
    argMax(a.summary, (a.created_at, a.status)) AS summary,
    argMax(a.labels, (a.created_at, a.status)) AS labels,
    argMax(a.started_at, (a.created_at, a.status)) AS started_at,
    max(a.created_at) AS created_at,
    argMax(a.description, (a.created_at, a.status)) AS description,
    argMax(a.evidence, (a.created_at, a.status)) AS evidence,
    argMax(tuple(a.ended_at), (a.created_at, a.status)).1 AS ended_at
FROM alerts AS a
GROUP BY fingerprint;
