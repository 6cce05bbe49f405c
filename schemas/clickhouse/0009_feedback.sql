-- Reviews whose label would help most, as they were asked for: see the view `labelling_queue`. There are few, so no partitions.
CREATE TABLE IF NOT EXISTS labelling_requests
(
    request_id String,
    review_id String,
    product_id String,
    language LowCardinality(String),
    text_masked String CODEC(ZSTD(3)),
    sentiment Enum8('negative' = 1, 'neutral' = 2, 'positive' = 3) COMMENT 'what was emitted',
    score Float64 COMMENT 'P(positive)',
    model_name String,
    model_version String,
    reason LowCardinality(String) COMMENT 'what spoke for it most: uncertainty, disagreement, drift; or chance',
    priority Float64 COMMENT 'the higher, the sooner',
    evidence String COMMENT 'JSON',
    created_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (review_id, request_id, created_at)
TTL toDateTime(created_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000;

-- One row for each review whose label was asked for: the first request, however often it was repeated.
CREATE VIEW IF NOT EXISTS first_labelling_requests AS
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

-- What waits for a label. A review that anybody has judged since is no longer here, nor one that nobody has for 30 days.
CREATE VIEW IF NOT EXISTS labelling_queue AS
SELECT *
FROM first_labelling_requests
WHERE created_at > now() - INTERVAL 30 DAY AND review_id NOT IN (SELECT review_id FROM feedback);

-- Whether the queue finds what models get wrong: `chance` is how often they are wrong where nothing spoke for asking.
CREATE VIEW IF NOT EXISTS labelling_results AS
SELECT
    asked.language AS language,
    asked.reason AS reason,
    count() AS requested,
    countIf(truth.review_id != '') AS labelled,
    countIf(truth.review_id != '' AND truth.label != asked.sentiment) AS wrong,
    if(labelled = 0, NULL, wrong / labelled) AS wrong_share
FROM first_labelling_requests AS asked
LEFT JOIN latest_feedback AS truth ON truth.review_id = asked.review_id
GROUP BY language, reason;

-- As in 0008, and what else is asked of a score: columns that a query does not name are not read.
--
-- FINAL gives the row of the greatest recency for each review, model, version and variant, whatever has been merged so far, as
-- argMax did. It goes through the parts in the order of their key, so that memory does not grow with the table.
CREATE OR REPLACE VIEW variant_scores AS
SELECT
    review_id,
    model_name,
    model_version,
    variant,
    toUInt8(0) AS shadow,
    language,
    sentiment,
    score,
    created_at,
    scored_at,
    product_id,
    confidence,
    text_masked,
    rating
FROM predictions FINAL
UNION ALL
SELECT
    review_id,
    model_name,
    model_version,
    variant,
    toUInt8(1) AS shadow,
    language,
    sentiment,
    score,
    created_at,
    scored_at,
    product_id,
    confidence,
    text_masked,
    rating
FROM shadow_predictions FINAL;

-- The latest word of each kind of source on a review: users, moderators and labelers are not each other's corrections here.
-- `latest_feedback` (0002) has the latest word of all.
CREATE VIEW IF NOT EXISTS feedback_by_source AS
SELECT
    review_id,
    source,
    argMax(f.feedback_id, (f.created_at, f.feedback_id, f.label)) AS feedback_id,
    argMax(f.label, (f.created_at, f.feedback_id, f.label)) AS label,
    max(f.created_at) AS created_at
FROM feedback AS f
GROUP BY review_id, source;

-- As in 0008, with what was judged, when and by whom. asked: 1 where labelers or moderators were shown the review because it
-- was hard to judge (see `labelling_queue`): models are wrong on those more often than elsewhere.
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
    scored.shadow AS shadow,
    scored.confidence AS confidence,
    scored.language AS language,
    scored.product_id AS product_id,
    scored.created_at AS created_at,
    scored.text_masked AS text_masked,
    truth.source AS label_source,
    truth.created_at AS judged_at,
    toUInt8(
        truth.source != 'user' AND scored.review_id IN (SELECT review_id FROM labelling_requests WHERE reason != 'chance')
    ) AS asked
FROM
(
    SELECT *
    FROM variant_scores
    WHERE review_id IN (SELECT review_id FROM feedback)
) AS scored
INNER JOIN latest_feedback AS truth ON truth.review_id = scored.review_id;

-- Predictions whose truth only the stars tell: one row for each review with stars and no feedback, and each model that scored
-- it. On the scale of 1 to 5, up to 2 are negative and from 4 positive; 3, and what lies off the scale, says nothing.
CREATE VIEW IF NOT EXISTS weakly_judged AS
SELECT
    review_id,
    model_name,
    model_version,
    variant,
    sentiment,
    score,
    scored_at,
    CAST(if(assumeNotNull(rating) <= 2, 'negative', 'positive') AS Enum8('negative' = 1, 'neutral' = 2, 'positive' = 3)) AS label,
    shadow,
    confidence,
    language,
    product_id,
    created_at,
    text_masked,
    assumeNotNull(rating) AS rating
FROM variant_scores
WHERE rating >= 1 AND rating <= 5 AND (rating <= 2 OR rating >= 4) AND review_id NOT IN (SELECT review_id FROM feedback);

-- Accuracy of each model by language, product and the hour in which the reviews were written.
--
--   reviews, correct, accuracy    of reviews that people judged, by their latest word; accuracy is NULL where there are none
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
    toStartOfHour(created_at) AS window_start,
    window_start + INTERVAL 1 HOUR AS window_end,
    countIf(weak = 0) AS reviews,
    countIf(weak = 0 AND sentiment = label) AS correct,
    if(reviews = 0, NULL, correct / reviews) AS accuracy,
    sum(known.asked) AS asked,
    countIf(known.asked AND sentiment = label) AS asked_correct,
    countIf(weak = 1) AS weak_reviews,
    countIf(weak = 1 AND sentiment = label) AS weak_correct,
    if(weak_reviews = 0, NULL, weak_correct / weak_reviews) AS weak_accuracy,
    (correct + 0.2 * weak_correct) / (reviews + 0.2 * weak_reviews) AS weighted_accuracy
FROM
(
    SELECT model_name, model_version, variant, shadow, language, product_id, created_at, sentiment, label, asked, 0 AS weak
    FROM judged
    UNION ALL
    SELECT model_name, model_version, variant, shadow, language, product_id, created_at, sentiment, label, 0 AS asked, 1 AS weak
    FROM weakly_judged
) AS known
GROUP BY model_name, model_version, variant, shadow, language, product_id, window_start;

-- As in 0008, by language as well; weak_reviews as in model_accuracy.
CREATE OR REPLACE VIEW confusion AS
SELECT
    model_name,
    model_version,
    variant,
    label,
    sentiment,
    countIf(weak = 0) AS reviews,
    shadow,
    language,
    countIf(weak = 1) AS weak_reviews
FROM
(
    SELECT model_name, model_version, variant, shadow, language, sentiment, label, 0 AS weak FROM judged
    UNION ALL
    SELECT model_name, model_version, variant, shadow, language, sentiment, label, 1 AS weak FROM weakly_judged
) AS known
GROUP BY model_name, model_version, variant, label, sentiment, shadow, language;

-- What people judged otherwise than a model, with the masked text: false_positive where it said positive and they did not,
-- false_negative and false_neutral likewise. Stars alone prove no model wrong.
CREATE VIEW IF NOT EXISTS misjudged AS
SELECT
    concat('false_', toString(sentiment)) AS kind,
    review_id,
    model_name,
    model_version,
    variant,
    shadow,
    language,
    product_id,
    sentiment,
    label,
    score,
    confidence,
    label_source,
    asked,
    text_masked,
    created_at,
    scored_at,
    judged_at
FROM judged
WHERE sentiment != label;

CREATE VIEW IF NOT EXISTS false_positives AS SELECT * FROM misjudged WHERE sentiment = 'positive';

CREATE VIEW IF NOT EXISTS false_negatives AS SELECT * FROM misjudged WHERE sentiment = 'negative';

-- The reviews that users judged, each with what they saw: the score that was the latest when they spoke, or the first one
-- where none was there yet. So a later model neither gains nor loses by what an earlier one said.
CREATE VIEW IF NOT EXISTS seen_by_users AS
WITH
    arrayFilter(each -> each.1 <= word.created_at, scored.said) AS before,
    if(empty(before), scored.said[1], before[-1]) AS seen
SELECT
    scored.review_id AS review_id,
    word.label AS label,
    word.created_at AS judged_at,
    seen.2 AS sentiment,
    seen.3 AS model_name,
    seen.4 AS model_version,
    seen.5 AS variant,
    seen.6 AS language,
    seen.7 AS product_id,
    seen.8 AS created_at
FROM
(
    SELECT
        review_id,
        arraySort(groupArray((
            scored_at, sentiment, toString(model_name), toString(model_version), toString(variant), toString(language), product_id,
            created_at
        ))) AS said
    FROM variant_scores
    WHERE shadow = 0 AND review_id IN (SELECT review_id FROM feedback WHERE source = 'user')
    GROUP BY review_id
) AS scored
INNER JOIN (SELECT * FROM feedback_by_source WHERE source = 'user') AS word ON word.review_id = scored.review_id;

-- What users think of what was emitted, by model, language, product and the hour in which the reviews were written: of the
-- predictions they judged some, and confirmed some of these. satisfaction is NULL where they judged none.
CREATE VIEW IF NOT EXISTS satisfaction AS
SELECT
    model_name,
    model_version,
    variant,
    language,
    product_id,
    toStartOfHour(created_at) AS window_start,
    window_start + INTERVAL 1 HOUR AS window_end,
    countIf(verdict = 'none') AS predictions,
    countIf(verdict != 'none') AS judged,
    countIf(verdict = 'confirmed') AS confirmed,
    if(judged = 0, NULL, confirmed / judged) AS satisfaction
FROM
(
    SELECT model_name, model_version, variant, language, product_id, created_at, 'none' AS verdict
    FROM variant_scores
    WHERE shadow = 0
    UNION ALL
    SELECT
        model_name, model_version, variant, language, product_id, created_at,
        if(sentiment = label, 'confirmed', 'corrected') AS verdict
    FROM seen_by_users
) AS each
GROUP BY model_name, model_version, variant, language, product_id, window_start;
