"""Training and measuring of the tagger of aspect terms."""
