-- The reviews of each product that were written in the last seven days against those of the 28 days before, for each aspect and two
-- measures: `named`, how many of all reviews name the aspect, and `negative`, how many of those that name it are negative about it.
--
--   reviews, of, share            of the last seven days: `reviews` of `of` reviews
--   reviews_before, …             of the 28 days before; a week of them had a fourth of that
--   p_value                       two-sided Fisher's exact test of the two shares, mid-p: with few reviews a z test calls chance a
--                                 change too often, and the exact test without mid-p calls hardly anything one
--   q_value                       the p value adjusted for all rows of the view (Benjamini and Hochberg): of the rows below
--                                 0.05 about one in twenty is chance. All rows are counted, however a query filters
--
-- Both spans need five reviews (`of`): of fewer no outcome is below 0.01, and such rows would only cost the others power. Products are
-- those with an id, reviews those whose aspects were asked for.
--
-- The probabilities (hypergeometric) are summed within twelve standard deviations and 30: all that is further away is below 1e-20.
CREATE OR REPLACE VIEW aspect_changes AS
WITH
    toDateTime64(now(), 3, 'UTC') AS until,
    until - INTERVAL 7 DAY AS since,
    until - INTERVAL 35 DAY AS first
SELECT
    product_id,
    aspect,
    measure,
    reviews,
    of,
    share,
    reviews_before,
    of_before,
    share_before,
    share - share_before AS change,
    p_value,
    least(1, min(p_value * all_rows / place) OVER (ORDER BY p_value DESC)) AS q_value
FROM
(
    SELECT
        *,
        reviews / of AS share,
        reviews_before / of_before AS share_before,
        reviews + reviews_before AS marked,
        of + of_before AS total,
        of * marked / total AS mean,
        12 * sqrt(mean * (total - marked) / total * of_before / greatest(1, total - 1)) + 30 AS reach,
        arrayMap(
            x -> exp(
                lgamma(marked + 1) - lgamma(x + 1) - lgamma(marked - x + 1)
                + lgamma(total - marked + 1) - lgamma(of - x + 1) - lgamma(total - marked - of + x + 1)
                - lgamma(total + 1) + lgamma(of + 1) + lgamma(of_before + 1)
            ),
            arrayConcat(
                [toInt64(reviews)],
                range(
                    greatest(0, toInt64(of + marked) - toInt64(total), toInt64(floor(mean - reach))),
                    least(toInt64(marked), toInt64(of), toInt64(ceil(mean + reach))) + 1
                )
            )
        ) AS chances,
        -- the chance of what was seen is the first; as likely is what differs by rounding only
        if(marked = 0 OR marked = total, 1, arraySum(
            chance -> multiIf(chance < chances[1] * (1 - 1e-7), chance, chance <= chances[1] * (1 + 1e-7), chance / 2, 0),
            arraySlice(chances, 2)
        )) AS p_value,
        count() OVER () AS all_rows,
        count() OVER (ORDER BY p_value) AS place
    FROM
    (
        SELECT
            named.product_id AS product_id,
            named.aspect AS aspect,
            measured.1 AS measure,
            measured.2 AS reviews,
            measured.3 AS of,
            measured.4 AS reviews_before,
            measured.5 AS of_before
        FROM
        (
            SELECT
                product_id,
                aspect,
                countIf(r.created_at > since) AS now_named,
                countIf(r.created_at > since AND sentiment = 'negative') AS now_negative,
                countIf(r.created_at <= since) AS before_named,
                countIf(r.created_at <= since AND sentiment = 'negative') AS before_negative
            FROM review_aspects AS r
            WHERE product_id != '' AND created_at > first AND created_at <= until
                AND review_id IN (SELECT review_id FROM predictions WHERE created_at > first AND aspects != '')
            GROUP BY product_id, aspect
        ) AS named
        INNER JOIN
        (
            SELECT
                product_id,
                countIf(r.created_at > since) AS now_all,
                countIf(r.created_at <= since) AS before_all
            FROM reviews AS r
            WHERE product_id != '' AND created_at > first AND created_at <= until AND aspects != ''
                AND review_id IN (SELECT review_id FROM predictions WHERE created_at > first AND aspects != '')
            GROUP BY product_id
        ) AS every ON every.product_id = named.product_id
        ARRAY JOIN [
            ('named', now_named, now_all, before_named, before_all),
            ('negative', now_negative, now_named, before_negative, before_named)
        ] AS measured
        WHERE of >= 5 AND of_before >= 5
    )
);
