"""What several parts of the loop use: training data and the outbox."""
