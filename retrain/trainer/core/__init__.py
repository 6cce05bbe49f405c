"""Pure parts of the trainer: acceptance of candidates, answer events, model cards."""
