"""Contracts: Avro schemas, typed records, codecs, the topic catalogue, ClickHouse DDL and the error
tree.
"""
