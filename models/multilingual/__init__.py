"""Multilingual encoder: multilingual-e5-small, fine-tuned to negative, neutral and positive. No
worker imports it yet.
"""
