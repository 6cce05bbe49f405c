"""Three-class sentiment: the corpus of labelled texts, its split, and the fine-tuning of the
multilingual encoder.
"""
