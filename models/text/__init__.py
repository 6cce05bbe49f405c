"""Text preparation and tokenization: cleaning, markup, scripts, n-grams, subwords, vocabularies and
the feature index.
"""
