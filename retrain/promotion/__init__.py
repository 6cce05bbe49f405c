"""Promotion: a registered challenger becomes shadow, growing canary and champion, or is withdrawn
or rolled back.
"""
