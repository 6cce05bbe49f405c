-- What a model of three classes says of each. Of rows stored before, and from binary models, `probabilities` is empty.
--
-- Rows move from `…_before_0013` to the tables that replaced them (see infra/migrations.py), so all four are of one shape.
ALTER TABLE predictions
    ADD COLUMN IF NOT EXISTS probabilities Map(LowCardinality(String), Float64)
        COMMENT 'sentiment to probability, empty: from a model of two classes',
    ADD COLUMN IF NOT EXISTS evidence Bool DEFAULT true
        COMMENT 'false: nothing in the text that the model knows, and the sentiment is neutral',
    ADD COLUMN IF NOT EXISTS language_served Bool DEFAULT true
        COMMENT 'false: no model declares the language, and the multilingual one scored the text';
ALTER TABLE shadow_predictions
    ADD COLUMN IF NOT EXISTS probabilities Map(LowCardinality(String), Float64)
        COMMENT 'sentiment to probability, empty: from a model of two classes',
    ADD COLUMN IF NOT EXISTS evidence Bool DEFAULT true
        COMMENT 'false: nothing in the text that the model knows, and the sentiment is neutral',
    ADD COLUMN IF NOT EXISTS language_served Bool DEFAULT true
        COMMENT 'false: no model declares the language, and the multilingual one scored the text';
ALTER TABLE predictions_before_0013
    ADD COLUMN IF NOT EXISTS probabilities Map(LowCardinality(String), Float64)
        COMMENT 'sentiment to probability, empty: from a model of two classes',
    ADD COLUMN IF NOT EXISTS evidence Bool DEFAULT true
        COMMENT 'false: nothing in the text that the model knows, and the sentiment is neutral',
    ADD COLUMN IF NOT EXISTS language_served Bool DEFAULT true
        COMMENT 'false: no model declares the language, and the multilingual one scored the text';
ALTER TABLE shadow_predictions_before_0013
    ADD COLUMN IF NOT EXISTS probabilities Map(LowCardinality(String), Float64)
        COMMENT 'sentiment to probability, empty: from a model of two classes',
    ADD COLUMN IF NOT EXISTS evidence Bool DEFAULT true
        COMMENT 'false: nothing in the text that the model knows, and the sentiment is neutral',
    ADD COLUMN IF NOT EXISTS language_served Bool DEFAULT true
        COMMENT 'false: no model declares the language, and the multilingual one scored the text';
