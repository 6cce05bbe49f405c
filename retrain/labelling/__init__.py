"""Which reviews people are asked to label, and how their answers become feedback."""
