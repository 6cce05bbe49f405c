"""Adapters to the outside world: settings, Kafka, the Schema Registry, ClickHouse, metrics and the
local stack.
"""
