-- One row for each request and what came of it: the action and reason of the first event that names the request, NULL as long
-- as there is none; and where the version that it led to stands now.
CREATE OR REPLACE VIEW retraining_runs AS
SELECT
    request.request_id AS request_id,
    request.language AS language,
    request.reason AS reason,
    request.actor AS actor,
    request.created_at AS requested_at,
    if(answer.request_id = '', NULL, answer.first.1) AS outcome,
    if(answer.request_id = '', NULL, answer.first.2) AS outcome_reason,
    if(answer.request_id = '', NULL, answer.first.3) AS model_name,
    if(answer.request_id = '', NULL, answer.first.4) AS model_version,
    if(answer.request_id = '', NULL, answer.last) AS stage,
    if(answer.request_id = '', NULL, answer.changed_at) AS changed_at
FROM
(
    SELECT
        request_id,
        min(r.created_at) AS created_at,
        any(r.language) AS language,
        any(r.reason) AS reason,
        any(r.actor) AS actor
    FROM retraining_requests AS r
    GROUP BY request_id
) AS request
LEFT JOIN
(
    SELECT
        e.request_id AS request_id,
        argMin((toString(e.action), e.reason, e.model_name, e.model_version), (e.created_at, e.event_id)) AS first,
        argMax(if(e.stage = 'none', toString(e.action), toString(e.stage)), (e.created_at, e.event_id)) AS last,
        max(e.created_at) AS changed_at
    FROM model_events AS e
    WHERE e.request_id != ''
    GROUP BY request_id
) AS answer ON answer.request_id = request.request_id;
