"""Training the tagger of names and places: labels of teachers, people and addresses written into reviews, fitting."""
