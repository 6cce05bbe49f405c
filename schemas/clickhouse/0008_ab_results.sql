-- One row for each review and each variant and version that scored it, shadows marked: its latest score by that one.
CREATE VIEW IF NOT EXISTS variant_scores AS
SELECT
    review_id,
    model_name,
    model_version,
    variant,
    toUInt8(0) AS shadow,
    argMax(p.language, p.recency) AS language,
    argMax(p.sentiment, p.recency) AS sentiment,
    argMax(p.score, p.recency) AS score,
    argMax(p.created_at, p.recency) AS created_at,
    max(p.scored_at) AS scored_at
FROM predictions AS p
GROUP BY review_id, model_name, model_version, variant
UNION ALL
SELECT
    review_id,
    model_name,
    model_version,
    variant,
    toUInt8(1) AS shadow,
    argMax(p.language, p.recency) AS language,
    argMax(p.sentiment, p.recency) AS sentiment,
    argMax(p.score, p.recency) AS score,
    argMax(p.created_at, p.recency) AS created_at,
    max(p.scored_at) AS scored_at
FROM shadow_predictions AS p
GROUP BY review_id, model_name, model_version, variant;

-- As in 0005, and what shadows said as well, marked.
CREATE OR REPLACE VIEW judged AS
SELECT
    scored.review_id AS review_id,
    scored.model_name AS model_name,
    scored.model_version AS model_version,
    scored.variant AS variant,
    scored.sentiment AS sentiment,
    scored.score AS score,
    scored.scored_at AS scored_at,
    truth.label AS label,
    scored.shadow AS shadow
FROM
(
    SELECT *
    FROM variant_scores
    WHERE review_id IN (SELECT review_id FROM feedback)
) AS scored
INNER JOIN latest_feedback AS truth ON truth.review_id = scored.review_id;

CREATE OR REPLACE VIEW model_accuracy AS
SELECT
    model_name,
    model_version,
    variant,
    count() AS reviews,
    countIf(sentiment = label) AS correct,
    correct / reviews AS accuracy,
    shadow
FROM judged
GROUP BY model_name, model_version, variant, shadow;

CREATE OR REPLACE VIEW confusion AS
SELECT
    model_name,
    model_version,
    variant,
    label,
    sentiment,
    count() AS reviews,
    shadow
FROM judged
GROUP BY model_name, model_version, variant, label, sentiment, shadow;

-- Each variant and version in each language: how much it scored, how much of that was judged, and judged right.
CREATE VIEW IF NOT EXISTS variant_results AS
SELECT
    scored.language AS language,
    (toString(scored.variant), toString(scored.model_version), toString(scored.model_name), scored.shadow) AS arm,
    count() AS reviews,
    countIf(truth.review_id != '') AS judged,
    countIf(truth.review_id != '' AND truth.label = scored.sentiment) AS correct,
    quantileExact(0.5)((toUnixTimestamp64Milli(scored.scored_at) - toUnixTimestamp64Milli(scored.created_at)) / 1000)
        AS median_latency_seconds
FROM variant_scores AS scored
LEFT JOIN latest_feedback AS truth ON truth.review_id = scored.review_id
GROUP BY language, arm;

-- The reviews that two of them scored both: how many, on how many they agree, and how many feedback judged, with those that
-- only one of the two got right.
CREATE VIEW IF NOT EXISTS variant_overlaps AS
SELECT
    language,
    pair.1.1 AS arm_a,
    pair.2.1 AS arm_b,
    count() AS shared,
    countIf(pair.1.2 = pair.2.2) AS agreed,
    countIf(label != '') AS judged,
    countIf(label != '' AND pair.1.2 = label AND pair.2.2 != label) AS only_a_right,
    countIf(label != '' AND pair.1.2 != label AND pair.2.2 = label) AS only_b_right
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
                toString(each.sentiment)
            ))) AS said
        FROM variant_scores AS each
        LEFT JOIN latest_feedback AS truth ON truth.review_id = each.review_id
        GROUP BY language, review_id
        HAVING length(said) > 1
    ) AS scored
)
GROUP BY language, arm_a, arm_b;

-- Every two variants of a language, side by side: (variant, version) a comes before b in the alphabet.
--
--   reviews, judged, accuracy     of each: reviews scored, those with feedback, share of these judged right (NULL if none)
--   accuracy_difference           accuracy_b - accuracy_a
--   z_p_value                     two-sided, of the hypothesis that both are equally accurate, pooled two-proportion z test:
--                                 for reviews that were split between the two. NULL unless both were judged.
--   shared, agreement             reviews that both scored, and the share of them on which they agree
--   shared_judged, only_a_right, only_b_right, mcnemar_p_value
--                                 those of them with feedback; two-sided McNemar test, for a shadow and what it watches: exact
--                                 below 25 reviews that just one got right, else chi-squared with continuity correction
--   median_latency_seconds        from created_at to scored_at
--
-- The z test takes reviews for independent: where most are shared, go by McNemar's. Cost: reads four columns of every row.
CREATE VIEW IF NOT EXISTS ab_results AS
WITH
    a.correct / a.judged AS share_a,
    b.correct / b.judged AS share_b,
    (a.correct + b.correct) / (a.judged + b.judged) AS pooled,
    sqrt(pooled * (1 - pooled) * (1 / a.judged + 1 / b.judged)) AS deviation,
    shared_by.only_a_right + shared_by.only_b_right AS discordant,
    least(shared_by.only_a_right, shared_by.only_b_right) AS fewer
SELECT
    a.language AS language,
    a.arm.1 AS variant_a,
    a.arm.3 AS model_name_a,
    a.arm.2 AS model_version_a,
    a.arm.4 AS shadow_a,
    b.arm.1 AS variant_b,
    b.arm.3 AS model_name_b,
    b.arm.2 AS model_version_b,
    b.arm.4 AS shadow_b,
    a.reviews AS reviews_a,
    b.reviews AS reviews_b,
    a.judged AS judged_a,
    b.judged AS judged_b,
    if(a.judged = 0, NULL, share_a) AS accuracy_a,
    if(b.judged = 0, NULL, share_b) AS accuracy_b,
    if(a.judged = 0 OR b.judged = 0, NULL, share_b - share_a) AS accuracy_difference,
    multiIf(a.judged = 0 OR b.judged = 0, NULL, deviation = 0, 1, erfc(abs(share_b - share_a) / deviation / sqrt(2))) AS z_p_value,
    shared_by.shared AS shared,
    if(shared_by.shared = 0, NULL, shared_by.agreed / shared_by.shared) AS agreement,
    shared_by.judged AS shared_judged,
    shared_by.only_a_right AS only_a_right,
    shared_by.only_b_right AS only_b_right,
    multiIf(
        shared_by.judged = 0, NULL,
        discordant = 0, 1,
        discordant < 25, least(1, 2 * arraySum(
            k -> exp(lgamma(discordant + 1) - lgamma(k + 1) - lgamma(discordant - k + 1) - discordant * log(2)),
            range(toUInt64(fewer) + 1)
        )),
        erfc(greatest(0, abs(toInt64(shared_by.only_a_right) - toInt64(shared_by.only_b_right)) - 1) / sqrt(2 * discordant))
    ) AS mcnemar_p_value,
    a.median_latency_seconds AS median_latency_seconds_a,
    b.median_latency_seconds AS median_latency_seconds_b
FROM variant_results AS a
INNER JOIN variant_results AS b ON a.language = b.language
LEFT JOIN variant_overlaps AS shared_by ON shared_by.language = a.language AND shared_by.arm_a = a.arm AND shared_by.arm_b = b.arm
WHERE a.arm < b.arm;
