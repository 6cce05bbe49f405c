"""A comparison for people: tables, plots, and a folder that holds both."""
