"""The worker process: reviews.raw → reviews.scored, as one Faust agent."""
