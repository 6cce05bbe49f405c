-- What drives a trial, as columns of its own. Of rows stored before, the defaults read it from the JSON where it was then.
ALTER TABLE model_events
    ADD COLUMN IF NOT EXISTS request_id String
        DEFAULT JSONExtractString(evidence, 'request_id')
        COMMENT 'retraining_requests.request_id, or empty';

ALTER TABLE model_events
    ADD COLUMN IF NOT EXISTS stage LowCardinality(String)
        DEFAULT multiIf(
            JSONExtractString(evidence, 'stage') != '', JSONExtractString(evidence, 'stage'),
            JSONExtractString(evidence, 'request_id') != '' AND action IN ('registered', 'rejected'), toString(action),
            'none')
        COMMENT 'of the trial; none: the event is part of none';

ALTER TABLE model_events
    ADD COLUMN IF NOT EXISTS candidate Nullable(String)
        COMMENT 'JSON: {"name", "version", "uri"} of the model on trial; NULL: none, or stored before there was this column';

ALTER TABLE retraining_requests
    ADD COLUMN IF NOT EXISTS candidate String
        DEFAULT JSONExtractString(evidence, 'candidate')
        COMMENT 'reference of a model to be judged instead of training one, or empty';
