"""Undertone on three Kafka brokers while its processes and servers are killed, paused, moved and
fed poison.
"""
