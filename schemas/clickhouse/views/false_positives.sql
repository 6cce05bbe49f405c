CREATE OR REPLACE VIEW false_positives AS SELECT * FROM misjudged WHERE sentiment = 'positive';
