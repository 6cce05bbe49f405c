"""The tagger of names and places: text → probabilities of tags, many texts at once."""
