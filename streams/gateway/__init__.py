"""HTTP gateway: ``undertone gateway``. Scoring needs no other server; with Kafka and ClickHouse it
does more.

What a request goes through, outermost first: ``server`` (headers in time), ``envelope`` (audit,
security headers, what nobody foresaw), ``routes.Guarded`` (who calls, how often, a body in time and
of a size), then the path's own function.
"""
