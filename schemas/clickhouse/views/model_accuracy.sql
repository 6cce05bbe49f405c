-- Accuracy of each model by language, product and the hour in which the reviews were written.
--
--   reviews, correct, accuracy    of reviews that people judged, by their latest word; accuracy is NULL where there are none
--   neutral_reviews               of reviews that people found neutral, by models that have no such answer: in none of the others
--   asked, asked_correct          those of them that people were asked about because they are hard: leave them out for what is
--                                 representative
--   weak_…                        of reviews that have stars and no feedback, apart from the others
--   weighted_accuracy             of both, with five starred reviews as good as one that was judged
--
-- Hours and products are added up by sum(correct) / sum(reviews), never by the mean of accuracies.
CREATE OR REPLACE VIEW model_accuracy AS
SELECT
    model_name,
    model_version,
    variant,
    shadow,
    language,
    product_id,
    toDateTime64(intDiv(toUnixTimestamp64Milli(created_at), 3600000) * 3600, 0, 'UTC') AS window_start,
    window_start + INTERVAL 1 HOUR AS window_end,
    countIf(weak = 0 AND answerable) AS reviews,
    countIf(weak = 0 AND answerable AND sentiment = label) AS correct,
    if(reviews = 0, NULL, correct / reviews) AS accuracy,
    countIf(known.asked AND answerable) AS asked,
    countIf(known.asked AND answerable AND sentiment = label) AS asked_correct,
    countIf(weak = 1) AS weak_reviews,
    countIf(weak = 1 AND sentiment = label) AS weak_correct,
    if(weak_reviews = 0, NULL, weak_correct / weak_reviews) AS weak_accuracy,
    if(reviews + weak_reviews = 0, NULL, (correct + 0.2 * weak_correct) / (reviews + 0.2 * weak_reviews)) AS weighted_accuracy,
    countIf(weak = 0 AND NOT answerable) AS neutral_reviews
FROM
(
    SELECT
        model_name, model_version, variant, shadow, language, product_id, created_at, sentiment, label, asked, answerable,
        0 AS weak
    FROM judged
    UNION ALL
    SELECT
        model_name, model_version, variant, shadow, language, product_id, created_at, sentiment, label, 0 AS asked,
        1 AS answerable, 1 AS weak
    FROM weakly_judged
) AS known
GROUP BY model_name, model_version, variant, shadow, language, product_id, window_start;
