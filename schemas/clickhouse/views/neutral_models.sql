-- The models that answer neutral: those that gave probabilities of three classes, or ever said neutral. A model of two classes that
-- abstained, for want of evidence, did not.
CREATE OR REPLACE VIEW neutral_models AS
SELECT DISTINCT model_name, model_version
FROM
(
    SELECT model_name, model_version
    FROM predictions
    WHERE notEmpty(probabilities) OR (sentiment = 'neutral' AND evidence)
    UNION ALL
    SELECT model_name, model_version
    FROM shadow_predictions
    WHERE notEmpty(probabilities) OR (sentiment = 'neutral' AND evidence)
);
