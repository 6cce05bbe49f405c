-- One row for each sentence of each review that was judged by its sentences. number: from 1, in order of the text.
--
-- Cost: that of `reviews` with the texts. A condition on review_id uses the primary key.
CREATE OR REPLACE VIEW review_sentences AS
WITH JSONExtract(sentences, 'Array(Tuple(start UInt32, end UInt32, label String, score Float64))') AS found
SELECT
    review_id,
    product_id,
    language,
    number,
    substringUTF8(text_masked, sentence.1 + 1, sentence.2 - sentence.1) AS text_masked,
    sentence.1 AS start,
    sentence.2 AS end,
    sentence.3 AS label,
    sentence.4 AS score,
    model_name,
    model_version,
    created_at,
    scored_at
FROM reviews
ARRAY JOIN found AS sentence, arrayEnumerate(found) AS number
WHERE sentences != '';
