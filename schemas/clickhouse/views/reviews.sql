-- One row for each review: its latest text by created_at, and the latest score of that, across partitions and whatever has been
-- merged so far (`precedence`, see 0013). stars: its rating on the scale of one to five.
-- probabilities: by sentiment, empty where the model has two classes. sentences: JSON, empty where they were not judged (see
-- review_sentences). aspects: JSON, empty where they were not asked for (see aspects).
--
-- Cost: columns that a query does not name are not read. `SELECT count() FROM reviews` reads review_id alone and keeps one
-- hash table entry for each review. A condition on review_id uses the primary key; one on any other column is checked after
-- the grouping, on every review.
--
-- argMax skips NULL, and the latest rating would be the latest known one. So NULL is a value that the column never has: NaN for a
-- rating, nothing for a key, no star. What has no such value goes through a tuple, which is slower.
CREATE OR REPLACE VIEW reviews AS
SELECT
    review_id,
    argMax(p.product_id, p.precedence) AS product_id,
    argMax(p.sentiment, p.precedence) AS sentiment,
    argMax(p.score, p.precedence) AS score,
    argMax(p.confidence, p.precedence) AS confidence,
    argMax(p.text_masked, p.precedence) AS text_masked,
    argMax(p.language, p.precedence) AS language,
    argMax(p.language_confidence, p.precedence) AS language_confidence,
    argMax(p.pii, p.precedence) AS pii,
    if(isNaN(argMax(ifNull(p.rating, toFloat32(nan)), p.precedence) AS latest_rating), NULL, latest_rating) AS rating,
    nullIf(argMax(ifNull(p.author_key, ''), p.precedence), '') AS author_key,
    argMax(tuple(p.source), p.precedence).1 AS source,
    argMax(p.model_name, p.precedence) AS model_name,
    argMax(p.model_version, p.precedence) AS model_version,
    argMax(p.variant, p.precedence) AS variant,
    argMax(p.created_at, p.precedence) AS created_at,
    argMax(p.scored_at, p.precedence) AS scored_at,
    argMax(p.probabilities, p.precedence) AS probabilities,
    argMax(p.evidence, p.precedence) AS evidence,
    argMax(p.language_served, p.precedence) AS language_served,
    argMax(p.sentences, p.precedence) AS sentences,
    argMax(p.mixed, p.precedence) AS mixed,
    argMax(p.aspects, p.precedence) AS aspects,
    nullIf(argMax(ifNull(p.stars, 0), p.precedence), 0) AS stars
FROM predictions AS p
GROUP BY review_id;
