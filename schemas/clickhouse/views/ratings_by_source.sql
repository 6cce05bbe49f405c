-- The ratings of each source, as they came. off_scale: those that are off the scale which the setting RATING__SCALE had for the
-- source when they were stored; they are no weak labels. Where there are many, the source has another scale.
CREATE OR REPLACE VIEW ratings_by_source AS
SELECT
    ifNull(toString(source), '') AS source,
    count() AS rated,
    countIf(isNull(stars)) AS off_scale,
    min(rating) AS lowest,
    max(rating) AS highest,
    avg(stars) AS average_stars
FROM (SELECT source, rating, stars FROM reviews) AS each
WHERE rating IS NOT NULL
GROUP BY source;
