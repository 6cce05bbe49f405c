-- From here on, numbered migrations hold tables only; views are in the folder `views`, one file each.
--
-- given_at: when feedback was given, by our clock where the sender's is ahead: what is dated in the future would be the
-- latest word for good. Since then feedback is dated no later than it arrived; this is for what was stored before.
ALTER TABLE feedback ADD COLUMN IF NOT EXISTS given_at DateTime64(3, 'UTC')
    ALIAS if(created_at > addSeconds(toDateTime64(stored_at, 3, 'UTC'), 1), toDateTime64(stored_at, 3, 'UTC'), created_at);

-- stars: the rating on the scale of one to five stars, as the setting RATING__SCALE has it for the source; NULL where there is
-- no rating, or one off the scale.
--
-- precedence orders the rows of one review: the text that was written later wins, and of one text the later scoring. Above 64
-- bits that are `recency` (see 0001), the milliseconds of created_at, or of scored_at where created_at is ahead of it: a text
-- that is dated in the future could never be replaced.
ALTER TABLE predictions
    ADD COLUMN IF NOT EXISTS stars Nullable(Float32) DEFAULT if(rating >= 1 AND rating <= 5, rating, NULL) AFTER rating,
    ADD COLUMN IF NOT EXISTS precedence UInt128 MATERIALIZED
        bitShiftLeft(toUInt128(toUnixTimestamp64Milli(least(created_at, scored_at))), 64) + recency;
ALTER TABLE shadow_predictions
    ADD COLUMN IF NOT EXISTS stars Nullable(Float32) DEFAULT if(rating >= 1 AND rating <= 5, rating, NULL) AFTER rating,
    ADD COLUMN IF NOT EXISTS precedence UInt128 MATERIALIZED
        bitShiftLeft(toUInt128(toUnixTimestamp64Milli(least(created_at, scored_at))), 64) + recency;

-- A table keeps the engine it was made with, and `predictions` was made to keep what was scored last. So another takes its
-- name, and what `…_before_0013` holds is moved over, by partition and without copying (see infra/migrations.py).
CREATE TABLE IF NOT EXISTS predictions_0013 AS predictions
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(scored_at)
ORDER BY (review_id, model_name, model_version, variant)
TTL toDateTime(scored_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;
RENAME TABLE predictions TO predictions_before_0013, predictions_0013 TO predictions;
DROP TABLE IF EXISTS predictions_0013;
CREATE TABLE IF NOT EXISTS shadow_predictions_0013 AS shadow_predictions
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(scored_at)
ORDER BY (review_id, model_name, model_version, variant)
TTL toDateTime(scored_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;
RENAME TABLE shadow_predictions TO shadow_predictions_before_0013, shadow_predictions_0013 TO shadow_predictions;
DROP TABLE IF EXISTS shadow_predictions_0013;
