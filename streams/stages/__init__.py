"""Stages: plain functions from text to text, language or masked text. No clock, no environment, no
Kafka.
"""
