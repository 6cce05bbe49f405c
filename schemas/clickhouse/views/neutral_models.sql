-- The models that answer neutral: those that ever did.
CREATE OR REPLACE VIEW neutral_models AS
SELECT DISTINCT model_name, model_version
FROM
(
    SELECT model_name, model_version FROM predictions WHERE sentiment = 'neutral'
    UNION ALL
    SELECT model_name, model_version FROM shadow_predictions WHERE sentiment = 'neutral'
);
