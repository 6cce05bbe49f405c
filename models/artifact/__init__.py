"""Model artifacts on disk: weights, manifest, signature, calibration and model card."""
