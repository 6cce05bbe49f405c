-- What reviews of each product say of each aspect in their own masked words: three of each sentiment, at most one of a review. Those
-- that were written in the last 28 days come first, then the clearest. text_masked: the term and what stands around it.
CREATE OR REPLACE VIEW aspect_examples AS
SELECT
    product_id,
    aspect,
    sentiment,
    review_id,
    term,
    score,
    concat(
        if(start > 100, '…', ''),
        substringUTF8(text_masked, greatest(1, toInt64(start) - 99), 240),
        if(lengthUTF8(text_masked) > greatest(0, toInt64(start) - 100) + 240, '…', '')
    ) AS text_masked,
    created_at
FROM
(
    SELECT
        product_id, aspect, sentiment, review_id, term, score, a.text_masked AS text_masked, start, created_at,
        created_at > now() - INTERVAL 28 DAY AS recent,
        multiIf(sentiment = 'negative', 1 - score, sentiment = 'positive', score, 0.5 - abs(score - 0.5)) AS clear
    FROM aspects AS a
    ORDER BY recent DESC, clear DESC, review_id, number
    LIMIT 1 BY product_id, aspect, sentiment, review_id
)
ORDER BY recent DESC, clear DESC, review_id
LIMIT 3 BY product_id, aspect, sentiment;
