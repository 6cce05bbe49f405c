"""Alerts that the business asks for: rules in a file, and the built-in one about products. They tell; the sender sends."""
