-- One row for each review whose label was asked for: the first request, however often it was repeated.
CREATE OR REPLACE VIEW first_labelling_requests AS
SELECT
    review_id,
    argMin(r.request_id, (r.created_at, r.priority)) AS request_id,
    argMin(r.product_id, (r.created_at, r.priority)) AS product_id,
    argMin(r.language, (r.created_at, r.priority)) AS language,
    argMin(r.text_masked, (r.created_at, r.priority)) AS text_masked,
    argMin(r.sentiment, (r.created_at, r.priority)) AS sentiment,
    argMin(r.score, (r.created_at, r.priority)) AS score,
    argMin(r.model_name, (r.created_at, r.priority)) AS model_name,
    argMin(r.model_version, (r.created_at, r.priority)) AS model_version,
    argMin(r.reason, (r.created_at, r.priority)) AS reason,
    argMin(r.priority, (r.created_at, r.priority)) AS priority,
    argMin(r.evidence, (r.created_at, r.priority)) AS evidence,
    min(r.created_at) AS created_at
FROM labelling_requests AS r
GROUP BY review_id;
