-- The reviews that two of them scored both: how many, on how many they agree, and how many feedback judged, with those that
-- only one of the two got right. What people judged neutral counts where both have such an answer.
CREATE OR REPLACE VIEW variant_overlaps AS
WITH label != '' AND (label != 'neutral' OR (pair.1.3 AND pair.2.3)) AS known
SELECT
    language,
    pair.1.1 AS arm_a,
    pair.2.1 AS arm_b,
    count() AS shared,
    countIf(pair.1.2 = pair.2.2) AS agreed,
    countIf(known) AS judged,
    countIf(known AND pair.1.2 = label AND pair.2.2 != label) AS only_a_right,
    countIf(known AND pair.1.2 != label AND pair.2.2 = label) AS only_b_right
FROM
(
    SELECT
        scored.language AS language,
        scored.label AS label,
        arrayJoin(arrayFlatten(arrayMap(
            (a, at) -> arrayMap(b -> (a, b), arraySlice(scored.said, at + 1)), scored.said, arrayEnumerate(scored.said)
        ))) AS pair
    FROM
    (
        SELECT
            each.language AS language,
            each.review_id AS review_id,
            any(if(truth.review_id = '', '', toString(truth.label))) AS label,
            arraySort(groupArray((
                (toString(each.variant), toString(each.model_version), toString(each.model_name), each.shadow),
                toString(each.sentiment),
                (each.model_name, each.model_version) IN (SELECT model_name, model_version FROM neutral_models)
            ))) AS said
        FROM variant_scores AS each
        LEFT JOIN latest_feedback AS truth ON truth.review_id = each.review_id
        GROUP BY language, review_id
        HAVING length(said) > 1
    ) AS scored
)
GROUP BY language, arm_a, arm_b;
