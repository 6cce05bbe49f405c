-- Sentiment by the hour in which the reviews were written. The functions that round times end in 2106, as DateTime does; the
-- division does not.
CREATE OR REPLACE VIEW sentiment_hourly AS
SELECT
    toDateTime64(intDiv(toUnixTimestamp64Milli(created_at), 3600000) * 3600, 0, 'UTC') AS hour,
    count() AS reviews,
    countIf(sentiment = 'positive') AS positive,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'negative') AS negative,
    positive / reviews AS positive_share,
    avg(score) AS average_score
FROM reviews
GROUP BY hour;
