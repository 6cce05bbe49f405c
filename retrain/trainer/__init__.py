"""Trainer: retraining requests in, registered challengers or rejections with reasons out."""
