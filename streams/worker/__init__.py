"""Worker process: reviews.raw → reviews.scored, as one Faust agent."""
