-- The sentences of each review, where they are judged (SCORING__SENTENCES). They are kept as JSON, as all records within a record are;
-- the view `review_sentences` has a row for each.
--
-- Rows move from `…_before_0013` to the tables that replaced them (see infra/migrations.py), so all four are of one shape.
ALTER TABLE predictions
    ADD COLUMN IF NOT EXISTS sentences String CODEC(ZSTD(3))
        COMMENT 'JSON: start and end in text_masked (characters), label and score of each; empty: not judged by sentence',
    ADD COLUMN IF NOT EXISTS mixed Bool DEFAULT false
        COMMENT 'true: the sentences say both sides; false also where they were not judged';
ALTER TABLE shadow_predictions
    ADD COLUMN IF NOT EXISTS sentences String CODEC(ZSTD(3))
        COMMENT 'JSON: start and end in text_masked (characters), label and score of each; empty: not judged by sentence',
    ADD COLUMN IF NOT EXISTS mixed Bool DEFAULT false
        COMMENT 'true: the sentences say both sides; false also where they were not judged';
ALTER TABLE predictions_before_0013
    ADD COLUMN IF NOT EXISTS sentences String CODEC(ZSTD(3))
        COMMENT 'JSON: start and end in text_masked (characters), label and score of each; empty: not judged by sentence',
    ADD COLUMN IF NOT EXISTS mixed Bool DEFAULT false
        COMMENT 'true: the sentences say both sides; false also where they were not judged';
ALTER TABLE shadow_predictions_before_0013
    ADD COLUMN IF NOT EXISTS sentences String CODEC(ZSTD(3))
        COMMENT 'JSON: start and end in text_masked (characters), label and score of each; empty: not judged by sentence',
    ADD COLUMN IF NOT EXISTS mixed Bool DEFAULT false
        COMMENT 'true: the sentences say both sides; false also where they were not judged';
