"""Training of the tagger of names and places: teacher labels, injection of people and addresses,
fitting.
"""
