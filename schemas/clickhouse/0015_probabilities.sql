-- What a model of three classes says of each. Of rows stored before, and from binary models, `probabilities` is empty.
ALTER TABLE predictions
    ADD COLUMN IF NOT EXISTS probabilities Map(LowCardinality(String), Float64)
        COMMENT 'sentiment to probability; empty: from a model of two classes',
    ADD COLUMN IF NOT EXISTS evidence Bool DEFAULT true
        COMMENT 'false: nothing in the text that the model knows; the sentiment is then neutral',
    ADD COLUMN IF NOT EXISTS language_served Bool DEFAULT true
        COMMENT 'false: no model declares the language, and the multilingual one scored the text';
ALTER TABLE shadow_predictions
    ADD COLUMN IF NOT EXISTS probabilities Map(LowCardinality(String), Float64)
        COMMENT 'sentiment to probability; empty: from a model of two classes',
    ADD COLUMN IF NOT EXISTS evidence Bool DEFAULT true
        COMMENT 'false: nothing in the text that the model knows; the sentiment is then neutral',
    ADD COLUMN IF NOT EXISTS language_served Bool DEFAULT true
        COMMENT 'false: no model declares the language, and the multilingual one scored the text';
