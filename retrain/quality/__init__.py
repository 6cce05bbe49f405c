"""Data quality: declared checks on windows of records. A failed check alerts and holds retraining
back.
"""
