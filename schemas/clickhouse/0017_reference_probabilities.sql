-- What a model of three classes said of each review of a drift reference, as in predictions (see 0015).
ALTER TABLE drift_references
    ADD COLUMN IF NOT EXISTS probabilities Map(LowCardinality(String), Float64)
        COMMENT 'sentiment to probability, empty: from a model of two classes, or stored before this column was';
