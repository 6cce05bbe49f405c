"""Active learning: which reviews people are asked to label, and how their labels become
feedback."""
