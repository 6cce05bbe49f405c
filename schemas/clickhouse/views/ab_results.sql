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
--   neutral                       reviews that people judged neutral, where the model has no such answer: not among the judged
--
-- The z test takes reviews for independent: where most are shared, go by McNemar's. Cost: reads four columns of every row.
CREATE OR REPLACE VIEW ab_results AS
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
    b.median_latency_seconds AS median_latency_seconds_b,
    a.neutral AS neutral_a,
    b.neutral AS neutral_b
FROM variant_results AS a
INNER JOIN variant_results AS b ON a.language = b.language
LEFT JOIN variant_overlaps AS shared_by ON shared_by.language = a.language AND shared_by.arm_a = a.arm AND shared_by.arm_b = b.arm
WHERE a.arm < b.arm;
