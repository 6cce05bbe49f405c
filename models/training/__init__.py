"""Training: data sets, folds, batches, the training loop, checkpoints, adaptation and tracking."""
