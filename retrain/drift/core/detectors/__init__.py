"""Drift detectors. The ``DETECTORS`` of every module in this package are used; no list names them
elsewhere.
"""
