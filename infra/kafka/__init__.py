"""Kafka through librdkafka: client configuration, topic creation, and a publisher that waits for
confirmation.
"""
