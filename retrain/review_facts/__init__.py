"""Counting of reviews in ClickHouse: what arrived is added to the table ``review_facts``."""
