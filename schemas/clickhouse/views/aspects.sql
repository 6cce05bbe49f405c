-- One row for each aspect that each review names, where that is asked for (ASPECTS__LEVEL). number: from 1, in order of the text.
-- aspect: its category, or the term in small letters where categories are not asked for: what other views count by.
--
-- Of a review that was scored again without aspects there are none: score again with the same ASPECTS__LEVEL.
--
-- Cost: that of `reviews`, and memory for the aspects of every review, whatever else a query asks for. A condition on review_id uses
-- the primary key and is the way to ask for some of them:
--   WHERE review_id IN (SELECT review_id FROM predictions WHERE product_id = 'p1' AND aspects != '') AND product_id = 'p1'
CREATE OR REPLACE VIEW aspects AS
WITH JSONExtract(
    aspects,
    'Array(Tuple(term String, category String, sentiment Enum8(\'negative\' = 1, \'neutral\' = 2, \'positive\' = 3),
        score Float64, start UInt32, end UInt32))'
) AS found
SELECT
    review_id,
    product_id,
    language,
    source,
    number,
    if(one.2 = '', lowerUTF8(one.1), one.2) AS aspect,
    one.1 AS term,
    one.2 AS category,
    one.3 AS sentiment,
    one.4 AS score,
    one.5 AS start,
    one.6 AS end,
    text_masked,
    created_at,
    scored_at
FROM reviews
ARRAY JOIN found AS one, arrayEnumerate(found) AS number
WHERE aspects != '';
