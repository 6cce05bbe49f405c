-- Each kind of drift in each segment and window: whether it was there, whether it was told, and by which detectors.
CREATE OR REPLACE VIEW drift_windows AS
SELECT
    window_start,
    window_end,
    segment,
    kind,
    model_name,
    model_version,
    max(r.reviews) AS reviews,
    max(r.drifted) AS drifted,
    max(r.fires) AS fires,
    arraySort(groupUniqArrayIf(toString(r.detector), r.drifted = 1)) AS detectors,
    min(r.p_value) AS p_value
FROM drift_reports AS r
GROUP BY window_start, window_end, segment, kind, model_name, model_version;
