CREATE OR REPLACE VIEW false_negatives AS SELECT * FROM misjudged WHERE sentiment = 'negative';
